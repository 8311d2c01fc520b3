import type { Image } from '@cribo/augment';

/** An image whose pixels lie in shared memory, so that every thread reads them without a copy. */
export type SharedImage = Image;

/**
 * Decoded images in shared memory. Whoever decodes one (`shareImage`) takes its size off the budget; the cache only keeps
 * the map, so it fits however many threads decode at a time.
 */
export class ImageCache {
  readonly #images = new Map<number, SharedImage>();
  /** What is left, in KiB. */
  readonly budget: Int32Array;

  /** @param megabytes how many MiB to keep; what comes after that is decoded every time */
  constructor(megabytes: number) {
    this.budget = new Int32Array(new SharedArrayBuffer(4));
    this.budget[0] = Math.min(megabytes * 1024, 2 ** 31 - 1);
  }

  /** The image of this number, if it is kept. */
  get(index: number): SharedImage | undefined {
    return this.#images.get(index);
  }

  add(index: number, image: SharedImage): void {
    if (this.#images.has(index)) Atomics.add(this.budget, 0, kibibytes(image));
    else this.#images.set(index, image);
  }
}

/** A copy of `image` in shared memory, or undefined if the budget does not allow for it. */
export function shareImage(image: Image, budget: Int32Array): SharedImage | undefined {
  const size = kibibytes(image);
  if (Atomics.sub(budget, 0, size) < size) {
    Atomics.add(budget, 0, size);
    return undefined;
  }
  const data = new Uint8Array(new SharedArrayBuffer(image.data.byteLength));
  data.set(image.data);
  return { ...image, data };
}

const kibibytes = (image: Image): number => Math.ceil(image.data.byteLength / 1024);
