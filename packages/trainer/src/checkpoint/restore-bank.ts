import { MemoryBank } from '@cribo/memory-bank';
import { type HostTensor, storesHalf } from '@cribo/tensor';
import type { Config } from '../config/schema.js';
import { fromInput } from '../errors.js';
import type { NetworkConfig } from '../model.js';
import { bankOptions } from '../train-state.js';

const prefix = 'bank/';

/**
 * The memory bank of a checkpoint. On a backend without half precision, one that was stored so is held in float32, with the
 * same vectors.
 *
 * @param state the tensors of its `state.safetensors`
 * @throws InputError if they are not those of a bank of these settings
 */
export function restoreBank(
  state: ReadonlyMap<string, HostTensor>,
  config: Config,
  network: NetworkConfig,
): Promise<MemoryBank> {
  const saved: Record<string, HostTensor> = {};
  for (const [name, tensor] of state) if (name.startsWith(prefix)) saved[name.slice(prefix.length)] = tensor;
  const options = bankOptions(config, network);
  return fromInput(() => MemoryBank.restore(storesHalf() ? options : { ...options, storage: 'float32' }, saved));
}
