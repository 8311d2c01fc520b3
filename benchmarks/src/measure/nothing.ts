import { type Config, InputError, loadBackend } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { peakRssMiB } from './process-memory.js';

/**
 * The smallest process that measures anything: the backend is loaded and has added two numbers.
 *
 * @throws InputError if the backend is not there or cannot do that
 */
export async function measureNothing({ backend }: { backend: Config['backend'] }): Promise<{ peakRssMiB: number }> {
  await loadBackend(backend);
  const sum = tf.tidy(() => tf.add(tf.scalar(1), tf.scalar(2)));
  try {
    await sum.data();
  } catch (error) {
    throw new InputError(`${backend.name} cannot compute here: ${(error as Error).message}`, { cause: error });
  }
  sum.dispose();
  return { peakRssMiB: peakRssMiB() };
}
