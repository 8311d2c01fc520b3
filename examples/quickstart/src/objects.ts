import { applyView, type Image, twoViews } from '@cribo/augment';
import type { SegItem } from '@cribo/eval-seg';
import { MemoryBank } from '@cribo/memory-bank';
import { clusterJointly, drawInitialIndices, poolObjects } from '@cribo/sinkhorn-cluster';
import type { Generator, Params } from '@cribo/tensor';
import { type Config, type NetworkConfig, patchFeatures, viewPolicy } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';

/** Two augmented views of a scene and the objects that were found in both together. */
export interface SceneObjects {
  /** The views as they look, before normalisation. */
  views: [Image, Image];
  /** The cluster of every patch, per view. */
  clusters: [Int32Array, Int32Array];
  /** Share of every cluster's patches that lie on its most frequent class of objects; ground does not count as one. */
  purity: number[];
  /** float32 [2,1,K,d] and bool [1,K], as the memory bank takes them; the owner disposes them. */
  objects: tf.Tensor4D;
  valid: tf.Tensor2D;
}

/** An object and its nearest neighbour among the objects of other scenes. */
export interface Match {
  object: { scene: number; cluster: number };
  neighbour: { scene: number; cluster: number };
}

export interface Finder {
  params: Params;
  network: NetworkConfig;
  config: Config;
  rng: Generator;
}

/** Draws two views of a scene and clusters their patch features jointly (Eqs. 12–17), as a training step does. */
export async function findObjects({ image, mask }: SegItem, finder: Finder): Promise<SceneObjects> {
  const { config, network, rng } = finder;
  const size = config.views.imageSize;
  const { patchSize } = config.model;
  const { clusters, lambda, iterations, sinkhornIterations, posAlpha } = config.clustering;
  const { views, positions, recipes } = twoViews(image, { size, patchSize, policy: viewPolicy(config) }, rng);
  const side = size / patchSize;
  const patches = side ** 2;

  const { labels, ...kept } = tf.tidy(() => {
    const pixels = tf.stack(views.map((view) => tf.tensor3d(view, [size, size, 3]))) as tf.Tensor4D;
    const tokens = tf.expandDims(patchFeatures(finder.params, network)(pixels), 1);
    const { assignment, valid, labels } = clusterJointly(
      tokens,
      tf.stack(positions.map((position) => tf.tensor3d(position, [1, patches, 2]))),
      drawInitialIndices(rng, 1, 2 * patches, clusters),
      {
        clusters,
        lambda,
        iterations,
        sinkhornIterations,
        posAlpha: posAlpha[1],
        variant: config.variant,
        grid: { rows: side, columns: side },
      },
    );
    return { labels, valid: valid as tf.Tensor2D, objects: poolObjects(tokens, assignment) as tf.Tensor4D };
  });
  const joint = Int32Array.from(await labels.data());
  labels.dispose();

  const truth = positions.flatMap((position) =>
    Array.from({ length: patches }, (_, n) => labelAt(mask, position[2 * n]!, position[2 * n + 1]!)),
  );
  return {
    ...kept,
    views: recipes.map((recipe) => applyView(image, recipe, size)) as [Image, Image],
    clusters: [joint.slice(0, patches), joint.slice(patches)],
    purity: Array.from({ length: clusters }, (_, k) => purityOf(truth.filter((_, n) => joint[n] === k))),
  };
}

const labelAt = ({ width, height, data }: SegItem['mask'], x: number, y: number): number =>
  data[Math.min(height - 1, Math.floor(y)) * width + Math.min(width - 1, Math.floor(x))]!;

function purityOf(labels: number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) if (label !== 0) counts.set(label, 1 + (counts.get(label) ?? 0));
  return Math.max(0, ...counts.values()) / Math.max(1, labels.length);
}

/**
 * Looks up the objects of the `shown` scenes in a memory bank of all others (Eqs. 2–4) and picks for each the match to
 * show: rather one object than several or ground, and rather a cycle-consistent and similar match.
 */
export async function matchObjects(scenes: SceneObjects[], shown: number[]): Promise<(Match | undefined)[]> {
  const stored = scenes.map((_, scene) => scene).filter((scene) => !shown.includes(scene));
  const [, , clusters, dim] = scenes[0]!.objects.shape;
  const bank = new MemoryBank({ images: stored.length, objectsPerImage: clusters, dim, variant: 'paper' });
  for (const scene of stored) bank.push(scenes[scene]!.objects, scenes[scene]!.valid);

  const matches: (Match | undefined)[] = [];
  for (const scene of shown) {
    const { objects, valid, purity } = scenes[scene]!;
    const found = bank.query(objects, valid);
    const [index, similarity, consistent] = await Promise.all([
      found.index.data(),
      found.similarity.data(),
      found.mask.data(),
    ]);
    tf.dispose({ ...found });
    const score = (k: number) => 2 * purity[k]! + (consistent[k] ? 1 : 0) + similarity[k]!;
    const candidates = [...index.keys()].filter((k) => index[k]! >= 0).sort((a, b) => score(b) - score(a));
    const cluster = candidates[0];
    matches.push(
      cluster === undefined
        ? undefined
        : {
            object: { scene, cluster },
            neighbour: { scene: stored[Math.floor(index[cluster]! / clusters)]!, cluster: index[cluster]! % clusters },
          },
    );
  }
  bank.dispose();
  return matches;
}
