import { type Config, loadBackend } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { peakRssMiB } from './process-memory.js';

/** The smallest process that measures anything: the backend is loaded and has added two numbers. */
export async function measureNothing({ backend }: { backend: Config['backend'] }): Promise<{ peakRssMiB: number }> {
  await loadBackend(backend);
  const sum = tf.tidy(() => tf.add(tf.scalar(1), tf.scalar(2)));
  await sum.data();
  sum.dispose();
  return { peakRssMiB: peakRssMiB() };
}
