import { clusterJointly, drawInitialIndices, Generator } from '@cribo/sinkhorn-cluster';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { writeOverlay } from './overlay.js';
import { centred, patchFeatures } from './patch-features.js';
import { cutView, twoCrops, type View } from './view.js';

const VIEW_SIZE = 224;
const PATCH_SIZE = 16;

/** What was found in a picture. */
export interface PictureClusters {
  views: View[];
  /** Cluster of every patch, per view. */
  labels: number[][];
  /** The clusters that both views share. */
  shared: number[];
}

/** Clusters the patches of two views of a picture together and writes the picture of the clusters to `output`. */
export async function clusterPicture(
  picture: Buffer | string,
  output: string,
  { clusters = 6, posAlpha = 0.5, seed = 0 } = {},
): Promise<PictureClusters> {
  const { width, height } = await sharp(picture).metadata();
  const crops = twoCrops(width, height);
  const views = await Promise.all(crops.map((crop) => cutView(picture, crop, VIEW_SIZE, PATCH_SIZE)));
  const features = centred(views.flatMap((view) => patchFeatures(view, PATCH_SIZE)));

  const side = VIEW_SIZE / PATCH_SIZE;
  const result = tf.tidy(() =>
    clusterJointly(
      tf.reshape(tf.tensor2d(features), [2, 1, side * side, -1]),
      tf.reshape(tf.tensor3d(views.map((view) => view.positions)), [2, 1, side * side, 2]),
      drawInitialIndices(Generator.fromSeed(seed), 1, 2 * side * side, clusters),
      { clusters, variant: 'paper', posAlpha, grid: { rows: side, columns: side } },
    ),
  );
  const joint = [...(await result.labels.data())];
  const valid = await result.valid.data();
  tf.dispose(result);

  const labels = [joint.slice(0, side * side), joint.slice(side * side)];
  await writeOverlay(views, labels, PATCH_SIZE, output);
  return { views, labels, shared: [...valid.keys()].filter((cluster) => valid[cluster]) };
}
