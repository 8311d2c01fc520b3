import type { Image } from '@cribo/augment';

/** Decoded images in shared memory, so that worker threads read them without a copy. */
export class ImageCache {
  readonly #images = new Map<string, Image>();
  #bytesLeft: number;

  /** @param megabytes how much to keep; what comes after that is decoded every time */
  constructor(megabytes: number) {
    this.#bytesLeft = megabytes * 2 ** 20;
  }

  /** The image of `file`, from the cache or by `decode`. */
  async get(file: string, decode: (file: string) => Promise<Image>): Promise<Image> {
    const known = this.#images.get(file);
    if (known !== undefined) return known;
    const image = await decode(file);
    const data = new Uint8Array(new SharedArrayBuffer(image.data.byteLength));
    data.set(image.data);
    const shared = { ...image, data };
    if (data.byteLength <= this.#bytesLeft) {
      this.#bytesLeft -= data.byteLength;
      this.#images.set(file, shared);
    }
    return shared;
  }
}
