/** Where a bank of S image slots is written next. Slots fill in ascending order and wrap around. */
export interface Ring {
  /** The slot the next image goes to. */
  head: number;
  /** Images written so far, at most S. */
  written: number;
}

/** What an update does to one block. */
export interface BlockWrite {
  block: number;
  /** For every image slot of the block: its own number to keep it, or blockImages + b to take image b of the batch. */
  source: Int32Array;
}

/**
 * Places the first `count` ≤ S images of a batch. The first image of the batch is written last: the images of a bank,
 * from the newest slot backwards, are then in the order of "new images go to the front in batch order".
 */
export function planWrites(ring: Ring, count: number, images: number, blockImages: number): BlockWrite[] {
  const writes = new Map<number, Int32Array>();
  for (let step = 0; step < count; step++) {
    const slot = (ring.head + step) % images;
    const block = Math.floor(slot / blockImages);
    if (!writes.has(block))
      writes.set(
        block,
        Int32Array.from({ length: blockImages }, (_, i) => i),
      );
    writes.get(block)![slot % blockImages] = blockImages + (count - 1 - step);
  }
  return [...writes].map(([block, source]) => ({ block, source }));
}

/** The slot that `planWrites` gives to image `image` of a batch of which the first `count` are stored; −1 for the others. */
export function slotOf({ head }: Ring, image: number, count: number, images: number): number {
  return image < count ? (head + count - 1 - image) % images : -1;
}

/** The ring after `count` ≤ S images were written. */
export function advance({ head, written }: Ring, count: number, images: number): Ring {
  return { head: (head + count) % images, written: Math.min(images, written + count) };
}

/** All slots from the newest to the oldest. */
export function newestFirst({ head }: Ring, images: number): number[] {
  return Array.from({ length: images }, (_, age) => (head - 1 - age + 2 * images) % images);
}
