import { unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { LookedAt } from './looked-at.js';
import type { Teacher } from './teacher.js';
import { heatTile } from './tiles.js';

/**
 * How much the CLS token of the teacher's last block attends to every patch.
 *
 * @param views `[R, size, size, 3]` normalised
 * @returns for every image one map `[N]` per head
 */
async function clsAttention({ params, info }: Teacher, views: tf.Tensor4D): Promise<Float32Array[][]> {
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

/** The attention of the teacher's class token over an image, as heat maps. */
export interface AttentionPicture {
  file: string;
  src: string;
  mean: string;
  heads: string[];
  /** The greatest weight in the mean map over the average one. */
  peak: number;
}

const examples = 4;

/** Attention in view 1 of the first images. */
export async function attentionPictures(
  teacher: Teacher,
  { rows, names, view, picture }: LookedAt,
): Promise<AttentionPicture[]> {
  const size = teacher.info.config.views.imageSize;
  const shown = rows.slice(0, examples);
  const inputs = tf.tidy(() => tf.stack(shown.map((row) => tf.tensor3d(view(row, 0), [size, size, 3]))) as tf.Tensor4D);
  const maps = await clsAttention(teacher, inputs);
  inputs.dispose();
  return Promise.all(
    shown.map(async (row) => {
      const heads = maps[row]!;
      const mean = heads[0]!.map((_, patch) => heads.reduce((sum, map) => sum + map[patch]!, 0) / heads.length);
      return {
        file: names[row]!,
        src: await picture(view(row, 0)),
        mean: await heatTile(mean),
        heads: await Promise.all(heads.map(heatTile)),
        peak: (Math.max(...mean) * mean.length) / mean.reduce((sum, weight) => sum + weight, 0),
      };
    }),
  );
}
