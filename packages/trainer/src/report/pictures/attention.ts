import { unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { Teacher } from './teacher.js';

/**
 * How much the CLS token of the teacher's last block attends to every patch.
 *
 * @param views `[R, size, size, 3]` normalised
 * @returns for every image one map `[N]` per head
 */
export async function clsAttention({ params, info }: Teacher, views: tf.Tensor4D): Promise<Float32Array[][]> {
  const backbone = unprefixed(params, 'backbone.');
  const attention = tf.tidy(
    () => vitForward(backbone, info.network.backbone, views, { returnAttention: true }).attention!,
  );
  const [images, heads, , length] = attention.shape;
  const ofCls = tf.tidy(() => tf.slice(attention, [0, 0, 0, 1], [images, heads, 1, length - 1]));
  attention.dispose();
  const values = (await ofCls.data()) as Float32Array;
  ofCls.dispose();
  const patches = length - 1;
  return Array.from({ length: images }, (_, image) =>
    Array.from({ length: heads }, (_, head) => {
      const start = (image * heads + head) * patches;
      return values.slice(start, start + patches);
    }),
  );
}

/** The mean of the maps of all heads. */
export function meanMap(heads: readonly Float32Array[]): Float32Array {
  return Float32Array.from(heads[0]!, (_, patch) => heads.reduce((sum, map) => sum + map[patch]!, 0) / heads.length);
}
