import { IGNORE_LABEL } from '@cribo/eval-seg';
import type { HostTensor, LazyHostTensor } from '@cribo/tensor';

/**
 * The class of every object: that of most of its patches, void ones left out; of equal ones the smaller label.
 *
 * @param objects `[B,2N]`: the object of every patch, outside of 0..K-1 for patches of none
 * @param classes `[B,2N]`: the class of every patch, 255 for void
 * @param tokens 2N
 * @param clusters K
 * @returns `[B,K]`, 255 for objects without a patch that has a class
 */
export function majorityClasses(
  objects: ArrayLike<number>,
  classes: ArrayLike<number>,
  tokens: number,
  clusters: number,
): Uint8Array {
  const images = objects.length / tokens;
  const majority = new Uint8Array(images * clusters).fill(IGNORE_LABEL);
  for (let image = 0; image < images; image++) {
    const votes = new Uint32Array(clusters * IGNORE_LABEL);
    for (let i = image * tokens; i < (image + 1) * tokens; i++) {
      const object = objects[i]!;
      if (object >= 0 && object < clusters && classes[i] !== IGNORE_LABEL)
        votes[object * IGNORE_LABEL + classes[i]!]!++;
    }
    for (let object = 0; object < clusters; object++) {
      const ofObject = votes.subarray(object * IGNORE_LABEL, (object + 1) * IGNORE_LABEL);
      const most = Math.max(...ofObject);
      if (most > 0) majority[image * clusters + object] = ofObject.indexOf(most);
    }
  }
  return majority;
}

/** The classes of the objects in a memory bank, in host memory: one for every place that a query can return. */
export class ObjectLabels {
  /** `[S,K]`; 255 where nothing is stored, or nothing with a class. */
  readonly #classes: Int32Array;
  readonly #shape: [number, number];

  /** @throws if the saved classes are not those of a bank of this size */
  constructor(images: number, objectsPerImage: number, saved?: HostTensor) {
    this.#shape = [images, objectsPerImage];
    if (saved !== undefined && saved.shape.join() !== this.#shape.join()) {
      throw new Error(`classes of stored objects: got shape [${saved.shape}], expected [${this.#shape}]`);
    }
    this.#classes = new Int32Array(images * objectsPerImage).fill(IGNORE_LABEL);
    if (saved !== undefined) this.#classes.set(saved.data as Int32Array);
  }

  /**
   * Which of the objects found are of the class of the object that found them.
   *
   * @param found `[B,K]`: places in the bank as a query returns them, −1 for none
   * @param classes `[B,K]` of the querying objects
   * @returns `[B,K]` of 0 and 1; void is no class
   */
  sameClass(found: ArrayLike<number>, classes: Uint8Array): Uint8Array {
    return classes.map((label, i) =>
      Number(found[i]! >= 0 && label !== IGNORE_LABEL && this.#classes[found[i]!] === label),
    );
  }

  /**
   * Stores the classes of the objects of a batch, as the bank stores the objects.
   *
   * @param slots `[B]`: the slot of every image in the bank, −1 for images that are left out
   * @param classes `[B,K]`
   */
  write(slots: Int32Array, classes: Uint8Array): void {
    const [, objects] = this.#shape;
    for (const [image, slot] of slots.entries()) {
      if (slot >= 0) this.#classes.set(classes.subarray(image * objects, (image + 1) * objects), slot * objects);
    }
  }

  /** For a checkpoint; read before the next `write`. */
  lazySave(): LazyHostTensor {
    return { dtype: 'I32', shape: [...this.#shape], read: async () => this.#classes };
  }
}
