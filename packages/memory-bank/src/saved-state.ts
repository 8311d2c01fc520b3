import { fromHost, type HostTensor, type LazyHostTensor, lazyHost } from '@cribo/tensor';
import type * as tf from '@tensorflow/tfjs-core';
import type { Block } from './block.js';
import { inverseNormsOf } from './inverse-norms.js';
import type { BankLayout } from './options.js';
import type { Ring } from './ring.js';
import { lazyStored, numbersStored, type Storage, storedFromHost } from './storage.js';

/** Everything a bank holds. */
export interface BankState {
  blocks: Block[];
  ring: Ring;
}

/**
 * The state as host tensors to be read one by one: `ring` (head, images written), for every block i `blocks.{i}.vectors`
 * (F32 or F16, as they are stored), `blocks.{i}.inverseNorms` and `blocks.{i}.penalty`.
 */
export function lazyState({ blocks, ring }: BankState, storage: Storage): Record<string, LazyHostTensor> {
  const saved: Record<string, LazyHostTensor> = {
    ring: { dtype: 'I32', shape: [2], read: async () => Int32Array.of(ring.head, ring.written) },
  };
  for (const [i, { vectors, inverseNorms, penalty }] of blocks.entries()) {
    saved[`blocks.${i}.vectors`] = lazyStored(vectors, storage);
    saved[`blocks.${i}.inverseNorms`] = lazyHost(inverseNorms);
    saved[`blocks.${i}.penalty`] = lazyHost(penalty);
  }
  return saved;
}

type SavedBlock = Record<keyof Block, HostTensor>;

/**
 * The inverse of {@link lazyState}. A layout with another storage than the saved one widens or rounds the vectors.
 *
 * @throws if a tensor is missing or is not what the layout asks for
 */
export function loadState(saved: Record<string, HostTensor>, layout: BankLayout): BankState {
  const { blockImages: images, objectsPerImage: objects, dim } = layout;
  const host = (name: string, shape: number[], dtypes: string[] = ['F32']) => {
    const tensor = saved[name];
    if (!tensor) throw new Error(`memory bank: the saved state has no ${name}, expected a tensor of shape [${shape}]`);
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(`memory bank: the saved ${name} has shape [${tensor.shape}], expected [${shape}]`);
    }
    if (!dtypes.includes(tensor.dtype)) {
      throw new Error(`memory bank: the saved ${name} is ${tensor.dtype}, expected ${dtypes.join(' or ')}`);
    }
    return tensor;
  };
  const [head, written] = host('ring', [2], ['I32']).data as unknown as [number, number];
  // All tensors first, so that a state that does not fit leaves none behind.
  const blocks = Array.from({ length: layout.blockCount }, (_, i) => ({
    vectors: host(`blocks.${i}.vectors`, [2, images, objects * dim], ['F32', 'F16']),
    inverseNorms: host(`blocks.${i}.inverseNorms`, [2, images, objects]),
    penalty: host(`blocks.${i}.penalty`, [1, images, objects]),
  }));
  return {
    blocks: blocks.map((block) => loadBlock(block, layout)),
    ring: { head: Number(head), written: Number(written) },
  };
}

function loadBlock({ vectors, inverseNorms, penalty }: SavedBlock, { storage, dim }: BankLayout): Block {
  const norms = { ...inverseNorms };
  // The lengths saved with vectors that are now rounded are those of other vectors.
  if (vectors.dtype === 'F32' && storage === 'float16') {
    norms.data = inverseNormsOf(numbersStored(vectors.data as Float32Array, storage), dim);
  }
  return {
    vectors: storedFromHost(vectors, storage) as tf.Tensor3D,
    inverseNorms: fromHost(norms) as tf.Tensor3D,
    penalty: fromHost(penalty) as tf.Tensor3D,
  };
}
