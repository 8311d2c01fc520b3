import { fromHost, type HostTensor, type LazyHostTensor, lazyHost } from '@cribo/tensor';
import type { Block } from './block.js';
import type { BankLayout } from './options.js';
import type { Ring } from './ring.js';

/** Everything a bank holds. */
export interface BankState {
  blocks: Block[];
  ring: Ring;
}

/** The state as host tensors to be read one by one: `ring` (head, images written), for every block i `blocks.{i}.vectors` … */
export function lazyState({ blocks, ring }: BankState): Record<string, LazyHostTensor> {
  const saved: Record<string, LazyHostTensor> = {
    ring: { dtype: 'I32', shape: [2], read: async () => Int32Array.of(ring.head, ring.written) },
  };
  for (const [i, block] of blocks.entries()) {
    for (const [part, tensor] of Object.entries(block)) saved[`blocks.${i}.${part}`] = lazyHost(tensor);
  }
  return saved;
}

/** The inverse of {@link lazyState}. @throws if a tensor is missing or has another shape than the layout asks for */
export function loadState(saved: Record<string, HostTensor>, layout: BankLayout): BankState {
  const { blockImages: images, objectsPerImage: objects, dim } = layout;
  const shapes = {
    vectors: [2, images, objects * dim],
    inverseNorms: [2, images, objects],
    penalty: [1, images, objects],
  };
  const host = (name: string, shape: number[]) => {
    const tensor = saved[name];
    if (!tensor) throw new Error(`memory bank: the saved state has no ${name}, expected a tensor of shape [${shape}]`);
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(`memory bank: the saved ${name} has shape [${tensor.shape}], expected [${shape}]`);
    }
    return tensor;
  };
  const [head, written] = host('ring', [2]).data as unknown as [number, number];
  const parts = Object.entries(shapes);
  // All shapes first, so that a state that does not fit leaves no tensors behind.
  const blocks = Array.from({ length: layout.blockCount }, (_, i) =>
    parts.map(([part, shape]) => [part, host(`blocks.${i}.${part}`, shape)] as const),
  );
  return {
    blocks: blocks.map((block) => Object.fromEntries(block.map(([part, tensor]) => [part, fromHost(tensor)])) as Block),
    ring: { head: Number(head), written: Number(written) },
  };
}
