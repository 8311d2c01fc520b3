import { checkShape, type HostTensor, type LazyHostTensor } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { type Block, blockOf, unitRows, withImages } from './block.js';
import { closesCycle } from './cycle.js';
import { emptyBlocks, randomBlocks } from './initial-blocks.js';
import { type BankLayout, bankLayout, type MemoryBankOptions } from './options.js';
import { NOT_STORED } from './penalty.js';
import { advance, newestFirst, planWrites, type Ring, slotOf } from './ring.js';
import { type BankState, lazyState, loadState } from './saved-state.js';
import { searchBlocks } from './search.js';

/**
 * What a query of B·K objects found. Where an object is not valid, or nothing is stored, vectors and similarities are 0.
 */
export type Retrieval = {
  /** `[2,B,K,d]` float32: matches of the objects of view 1; [0] from bank 1, nn(c₁), [1] the same objects in bank 2, the jump. */
  neighbours: tf.Tensor4D;
  /** `[2,B,K,d]` float32: matches of the objects of view 2; [1] from bank 2, nn(c₂), [0] the same objects in bank 1, the jump. */
  neighbours2: tf.Tensor4D;
  /** `[B,K]` bool: the match found from view 1 is cycle consistent (Eq. 4). False where the object is not valid. */
  mask: tf.Tensor2D;
  /** `[B,K]` bool: the same for view 2. */
  mask2: tf.Tensor2D;
  /** `[B,K]` int32: where the match found from view 1 is stored, slot · objectsPerImage + object; −1 if there is none. */
  index: tf.Tensor2D;
  /** `[B,K]` int32: the same for view 2. */
  index2: tf.Tensor2D;
  /** `[B,K]` float32: similarity of the object in view 1 and its match. */
  similarity: tf.Tensor2D;
  /** `[B,K]` float32: the same for view 2. */
  similarity2: tf.Tensor2D;
};

/** An update of a bank that is prepared and waits for one of these. */
export interface StagedPush {
  /** `[B]`: the slot that every image of the batch goes to, −1 for images that the bank has no room for. */
  readonly slots: Int32Array;
  /** The blocks that are new, as they will be; the bank's own. */
  readonly blocks: readonly Block[];
  /** Takes the update over. */
  commit(): void;
  /** Frees it; the bank stays as it was. */
  discard(): void;
}

/**
 * A pair of memory banks: the objects of the last S images as seen in view 1 and in view 2 (Sec. 3.2.2). Vectors are
 * stored as they come, or rounded to half precision, and compared by cosine. The bank owns its tensors; `dispose` frees
 * them.
 *
 * Both banks are a list of blocks of a fixed size, allocated from the start. A query makes similarities for one block at a
 * time, an update copies the block it writes to. Neither waits for the device, and both run the same operations in every
 * step, before the bank is full and after (two blocks are copied instead of one where a batch straddles them).
 */
export class MemoryBank {
  readonly #layout: BankLayout;
  readonly #cosine: boolean;
  #blocks: Block[];
  #ring: Ring;

  /**
   * @param options sizes and variant
   * @param state taken over from a saved bank; see {@link MemoryBank.restore}
   * @throws if a size is not a positive whole number, `released` has no generator, or the backend does not have the storage
   */
  constructor(options: MemoryBankOptions, state?: BankState) {
    this.#layout = bankLayout(options);
    this.#cosine = options.normalizedMatching ?? true;
    const { blocks, ring } = state ?? initialState(options, this.#layout);
    this.#blocks = blocks.map((block) => kept(block));
    this.#ring = ring;
  }

  /**
   * The bank that {@link MemoryBank.save} described; it goes on bit for bit like the saved one.
   *
   * @param options those of the saved bank; `rng` is not needed. The storage may be another one: vectors of half precision
   *   keep their values as float32, and float32 ones are rounded now as all later ones will be
   * @throws if the saved tensors do not fit the options
   */
  static restore(options: MemoryBankOptions, saved: Record<string, HostTensor>): MemoryBank {
    return new MemoryBank(options, loadState(saved, bankLayout(options)));
  }

  /** Images that can be found, at most S. The random ones that `released` starts with count. */
  get storedImages(): number {
    return this.#ring.written;
  }

  /**
   * Looks up the nearest stored object of every object of a batch in the bank of its view (Eq. 2), the same stored object
   * in the other view (the jump, Eq. 3), and whether that leads back to the object it started from (Eq. 4). Queried
   * before `push`, the bank holds other images only.
   *
   * @param objects `[2,B,K,d]` float32: object vectors of view 1 and view 2. K may differ from the bank's `objectsPerImage`:
   *   a batch that has few objects is searched for faster as one list of them, `[2,1,R,d]`
   * @param valid `[B,K]` bool: which of them exist; the others may hold anything
   * @throws if a shape does not fit
   */
  query(objects: tf.Tensor, valid: tf.Tensor): Retrieval {
    const { dim, storage } = this.#layout;
    checkShape('objects', objects, [2, null, null, dim]);
    const [, images, perImage] = objects.shape as [number, number, number, number];
    checkShape('valid', valid, [images, perImage]);
    const queryCount = images * perImage;
    return tf.tidy(() => {
      const objectMask = tf.cast(valid, 'bool');
      const present = tf.reshape(objectMask, [1, queryCount]);
      const batch = blockOf(objects, objectMask);
      const queries = unitRows(batch);
      const best = searchBlocks(queries, this.#blocksFromHead(), { cosine: this.#cosine, storage });
      const similarity = tf.reshape(best.similarity, [2, queryCount]);
      const matched = tf.logicalAnd(tf.greater(similarity, NOT_STORED / 2), present);

      const matchedVectors = tf.reshape(matched, [1, 2, queryCount, 1]);
      const vectors = tf.where(matchedVectors, best.vectors, tf.zerosLike(best.vectors));
      const [found, found2] = tf.unstack(vectors, 1) as [tf.Tensor3D, tf.Tensor3D];
      const jumps = tf.stack([tf.unstack(found)[1]!, tf.unstack(found2)[0]!]) as tf.Tensor3D;
      const consistent = tf.logicalAnd(closesCycle(jumps, queries, batch.penalty), matched);

      const perObject = (x: tf.Tensor) =>
        tf.unstack(tf.reshape(x, [2, images, perImage])) as [tf.Tensor2D, tf.Tensor2D];
      const [mask, mask2] = perObject(consistent);
      const [index, index2] = perObject(
        tf.where<tf.Tensor>(matched, this.#rowsAt(best.position), tf.scalar(-1, 'int32')),
      );
      const [similarity1, similarity2] = perObject(tf.where(matched, similarity, tf.zerosLike(similarity)));
      const shape: [number, number, number, number] = [2, images, perImage, dim];
      return {
        neighbours: tf.reshape(found, shape),
        neighbours2: tf.reshape(found2, shape),
        mask,
        mask2,
        index,
        index2,
        similarity: similarity1,
        similarity2,
      };
    });
  }

  /**
   * Stores the objects of a batch in place of the oldest images. Of a batch larger than the bank the first S images stay.
   *
   * @param objects `[2,B,K,d]` float32
   * @param valid `[B,K]` bool; the others keep their place in the image and are never found
   * @throws if a shape does not fit
   */
  push(objects: tf.Tensor, valid: tf.Tensor): void {
    this.stage(objects, valid).commit();
  }

  /**
   * Prepares what {@link MemoryBank.push} does without doing it: the bank answers as before until `commit`, and is as if
   * nothing had happened after `discard`. For a step that may turn out to be unusable. One update is staged at a time.
   */
  stage(objects: tf.Tensor, valid: tf.Tensor): StagedPush {
    const { images, objectsPerImage, dim, blockImages, storage } = this.#layout;
    checkShape('objects', objects, [2, null, objectsPerImage, dim]);
    checkShape('valid', valid, [objects.shape[1]!, objectsPerImage]);
    const count = Math.min(objects.shape[1]!, images);
    const writes = planWrites(this.#ring, count, images, blockImages);
    const written = tf.tidy(() => {
      const first = tf.slice(objects, [0, 0, 0, 0], [2, count, objectsPerImage, dim]);
      const firstValid = tf.cast(tf.slice(valid, [0, 0], [count, objectsPerImage]), 'bool');
      const incoming = blockOf(first, firstValid, storage);
      return writes.map(({ block, source }) => withImages(this.#blocks[block]!, incoming, source));
    });
    for (const block of written) kept(block);
    const slots = Int32Array.from({ length: objects.shape[1]! }, (_, image) =>
      slotOf(this.#ring, image, count, images),
    );
    return {
      slots,
      blocks: written,
      commit: () => {
        for (const [i, { block }] of writes.entries()) {
          tf.dispose(this.#blocks[block]!);
          this.#blocks[block] = written[i]!;
        }
        this.#ring = advance(this.#ring, count, images);
      },
      discard: () => tf.dispose(written),
    };
  }

  /**
   * Turns places in the bank (`index` or `index2` of a query, before the next `push`) into row numbers of a list that has
   * only the stored objects, newest image first; −1 stays. Reads from the device: for inspection, not for training.
   */
  async packedIndex(index: tf.Tensor): Promise<Int32Array> {
    const { images, objectsPerImage } = this.#layout;
    const penalties = await Promise.all(this.#blocks.map(({ penalty }) => penalty.data()));
    const stored = penalties.flatMap((penalty) => Array.from(penalty, (value) => value === 0));
    const packed = new Map<number, number>();
    for (const slot of newestFirst(this.#ring, images)) {
      for (let row = slot * objectsPerImage; row < (slot + 1) * objectsPerImage; row++) {
        if (stored[row]) packed.set(row, packed.size);
      }
    }
    return Int32Array.from(await index.data(), (row) => packed.get(row) ?? -1);
  }

  /** The complete state on the host, for {@link MemoryBank.restore}. */
  async save(): Promise<Record<string, HostTensor>> {
    const saved: Record<string, HostTensor> = {};
    for (const [name, { read, ...host }] of Object.entries(this.lazySave()))
      saved[name] = { ...host, data: await read() };
    return saved;
  }

  /** The same, but every tensor comes to the host when it is read, which has to be before the next `push`. */
  lazySave(): Record<string, LazyHostTensor> {
    return lazyState({ blocks: this.#blocks, ring: this.#ring }, this.#layout.storage);
  }

  /** Frees the bank's tensors. */
  dispose(): void {
    tf.dispose(this.#blocks);
    this.#blocks = [];
  }

  /** The block that is written next comes first: a captured graph is then the same whichever block that is. */
  #blocksFromHead(): Block[] {
    const open = this.#openBlock();
    return [...this.#blocks.slice(open), ...this.#blocks.slice(0, open)];
  }

  /** Rows of the bank from positions counted from the first row of the open block. */
  #rowsAt(position: tf.Tensor2D): tf.Tensor2D {
    const { blockImages, objectsPerImage, blockCount } = this.#layout;
    const blockRows = blockImages * objectsPerImage;
    // A tensor rather than a number, as it changes from step to step.
    const start = tf.tensor1d(Int32Array.of(this.#openBlock() * blockRows), 'int32');
    const total = tf.scalar(blockCount * blockRows, 'int32');
    const row = tf.add(position, start) as tf.Tensor2D;
    return tf.where(tf.less(row, total), row, tf.sub(row, total));
  }

  #openBlock(): number {
    return Math.floor(this.#ring.head / this.#layout.blockImages);
  }
}

function initialState({ variant, rng }: MemoryBankOptions, layout: BankLayout): BankState {
  if (variant === 'paper') return { blocks: emptyBlocks(layout), ring: { head: 0, written: 0 } };
  if (!rng) throw new Error("rng: got none, expected a Generator: variant 'released' starts with random vectors");
  return { blocks: randomBlocks(layout, rng), ring: { head: 0, written: layout.images } };
}

/** The bank outlives the tf.tidy it may be used in. */
function kept(block: Block): Block {
  for (const tensor of Object.values(block)) tf.keep(tensor);
  return block;
}
