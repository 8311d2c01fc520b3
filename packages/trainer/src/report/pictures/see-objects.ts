import { poolObjects } from '@cribo/sinkhorn-cluster';
import { unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { clusterPatches, initialClusters } from '../../cluster-patches.js';
import type { Config } from '../../config/schema.js';
import { settingsAt } from '../../step-settings.js';
import { patchTokens } from '../../tokens.js';
import type { Teacher } from './teacher.js';
import type { SeenRows } from './view-source.js';

/** The objects the teacher sees in R images. */
export type SeenObjects = {
  /** `[2,R,K,d]` float32 */
  objects: tf.Tensor4D;
  /** `[R,K]` bool */
  valid: tf.Tensor2D;
  /** `[R,2N]` int32: cluster of every patch, those of view 1 first. */
  labels: tf.Tensor2D;
};

/** Images in one forward pass. */
const chunk = 16;

/**
 * Groups the patches of some rows of the batch of `step` into objects as the step itself does (Eqs. 1, 12–17): with its
 * initial clusters and its positional weight. `released` scales costs over the batch, here over the rows at hand.
 *
 * @param loaded those rows
 * @param rows their places in the batch
 */
export function seeObjects(teacher: Teacher, step: number, rows: readonly number[], loaded: SeenRows): SeenObjects {
  const parts: SeenObjects[] = [];
  for (let start = 0; start < rows.length; start += chunk) {
    const range = [start, Math.min(start + chunk, rows.length)] as const;
    parts.push(tf.tidy(() => seeChunk(teacher, step, rows, loaded, range)));
  }
  if (parts.length === 1) return parts[0]!;
  const joined = {
    objects: tf.concat(
      parts.map(({ objects }) => objects),
      1,
    ),
    valid: tf.concat(
      parts.map(({ valid }) => valid),
      0,
    ),
    labels: tf.concat(
      parts.map(({ labels }) => labels),
      0,
    ),
  };
  tf.dispose(parts);
  return joined;
}

function seeChunk(
  { info, params }: Teacher,
  step: number,
  rows: readonly number[],
  loaded: SeenRows,
  [start, end]: readonly [number, number],
): SeenObjects {
  const { config, network } = info;
  const { imageSize } = config.views;
  const side = imageSize / config.model.patchSize;
  const count = end - start;
  const part = (values: Float32Array, shape: number[]) =>
    tf.tensor(bothViews(values, rows.length, start, end), [2, count, ...shape]);
  const views = tf.reshape(part(loaded.views, [imageSize, imageSize, 3]), [2 * count, imageSize, imageSize, 3]);
  const { tokens } = vitForward(unprefixed(params, 'backbone.'), network.backbone, views as tf.Tensor4D);
  const patches = patchTokens(tokens);
  const { assignment, valid, labels } = clusterPatches(
    patches,
    {
      positions: part(loaded.positions, [side * side, 2]),
      initIndices: initialIndices(config, step, rows.slice(start, end)),
      ...(loaded.regions && { regions: regionsOfRows(loaded.regions, rows.length, start, end) }),
    },
    config,
    posAlphaOf(info, step),
  );
  return { objects: poolObjects(patches, assignment), valid, labels };
}

/** int32 [R, 2N]: rows `start` to `end` of the objects of masks `[count, 2N]`. */
function regionsOfRows(regions: Int32Array, count: number, start: number, end: number): tf.Tensor2D {
  const tokens = regions.length / count;
  return tf.tensor2d(regions.subarray(start * tokens, end * tokens), [end - start, tokens], 'int32');
}

/** Rows `start` to `end` of both views of values `[2, count, …]`. */
function bothViews(values: Float32Array, count: number, start: number, end: number): Float32Array {
  const length = values.length / (2 * count);
  const part = new Float32Array(2 * (end - start) * length);
  part.set(values.subarray(start * length, end * length));
  part.set(values.subarray((count + start) * length, (count + end) * length), (end - start) * length);
  return part;
}

/** The tokens that start the clusters: drawn for the whole batch of a step, so that every row has its own. */
function initialIndices(config: Config, step: number, rows: readonly number[]): tf.Tensor2D {
  return tf.gather(initialClusters(config, step), tf.tensor1d([...rows], 'int32'));
}

/** The positional weight of a step; the step after the last one has none of its own. */
function posAlphaOf({ config, stepsPerEpoch }: Teacher['info'], step: number): number {
  const last = config.training.epochs * stepsPerEpoch - 1;
  return settingsAt(Math.min(step, last), config, stepsPerEpoch).posAlpha;
}
