import { InputError } from '../errors.js';
import type { ImageEntry } from './image-source.js';

export interface UnreadableOptions {
  /** Stop at the first unreadable image. */
  strict: boolean;
  /** The share of the images that may be unreadable. */
  maxUnreadable: number;
  /** Called once for every image that cannot be read. */
  onSkip?: ((file: string, reason: string) => void) | undefined;
}

/** The images of a source that turned out to be unreadable, by their number in it. */
export class Unreadable {
  readonly #numbers = new Set<number>();

  constructor(
    private readonly entries: readonly ImageEntry[],
    private readonly options: UnreadableOptions,
  ) {}

  has(index: number): boolean {
    return this.#numbers.has(index);
  }

  /**
   * Takes down that an image cannot be read, the first time it is said.
   * @param reason one sentence that names the image
   * @throws InputError if that is one too many
   */
  add(index: number, reason: string): void {
    if (this.#numbers.has(index)) return;
    if (this.options.strict) throw new InputError(reason);
    this.#numbers.add(index);
    this.options.onSkip?.(this.entries[index]!.name, reason);
    const { size } = this.#numbers;
    if (size > this.options.maxUnreadable * this.entries.length) {
      const most = Number((100 * this.options.maxUnreadable).toPrecision(3));
      throw new InputError(
        `${size} of ${this.entries.length} images cannot be read, expected at most ${most} %; the last was ${reason}`,
      );
    }
  }
}
