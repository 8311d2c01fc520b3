import type { Generator } from '@cribo/tensor';
import { checkStorage, type Storage } from './storage.js';

/** A choice between the method as the paper states it and as the authors' released code computes it. */
export type Variant = 'paper' | 'released';

/** Settings of a `MemoryBank`. */
export interface MemoryBankOptions {
  /** S: how many images the bank holds. */
  images: number;
  /** K: how many objects an image has room for. */
  objectsPerImage: number;
  /** d: width of an object vector. */
  dim: number;
  /** What is found before the bank is full: `paper` starts empty, `released` full of random vectors, uniform in [0,1). */
  variant: Variant;
  /** Draws the random vectors; needed by `released` alone. */
  rng?: Generator;
  /** Whether stored vectors are compared by cosine. If false, by their dot product with the unit query. Default true. */
  normalizedMatching?: boolean;
  /**
   * Images per block. A query needs memory for 2 · B·K · blockImages·K similarities (a few times over on backends that
   * compute at once), an update copies every block it writes to, and a captured graph holds some 20 nodes per block. By
   * default blocks of about 8192 objects: 34 MB of similarities for 512 queries, and 196 blocks in a bank of 25 000
   * images with 64 objects each. Blocks that are a multiple of the batch size are the best.
   */
  blockImages?: number;
  /**
   * `float16` keeps vectors in half precision, which halves the memory: they are rounded to the nearest half when they are
   * stored, and cut off at ±65504. Lengths and similarities are float32 and exact for the rounded vectors. It needs a
   * backend that stores half precision. Default `float32`.
   */
  storage?: Storage;
}

/** The sizes of a bank. */
export interface BankLayout {
  /** S */
  images: number;
  /** K */
  objectsPerImage: number;
  /** d */
  dim: number;
  blockImages: number;
  /** Enough for S images; the slots of the last block beyond S stay empty. */
  blockCount: number;
  storage: Storage;
}

const OBJECTS_PER_BLOCK = 8192;

/** @throws if a size is not a positive whole number, or the backend does not have the storage */
export function bankLayout(options: MemoryBankOptions): BankLayout {
  const { images, objectsPerImage, dim, storage = 'float32' } = options;
  const blockImages = Math.min(images, options.blockImages ?? defaultBlockImages(images, objectsPerImage));
  for (const [name, size] of Object.entries({ images, objectsPerImage, dim, blockImages })) {
    if (!Number.isInteger(size) || size < 1) throw new Error(`${name}: got ${size}, expected a positive whole number`);
  }
  checkStorage(storage);
  return { images, objectsPerImage, dim, blockImages, blockCount: Math.ceil(images / blockImages), storage };
}

/** Blocks of even size, so that little of the last one is left empty, and a multiple of the usual batch sizes. */
function defaultBlockImages(images: number, objectsPerImage: number): number {
  const most = Math.max(1, Math.floor(OBJECTS_PER_BLOCK / objectsPerImage));
  const even = Math.ceil(images / Math.ceil(images / most));
  return even <= 8 ? even : 8 * Math.ceil(even / 8);
}
