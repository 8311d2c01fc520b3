import { join, resolve } from 'node:path';
import { type DenseNNProgress, evaluateDenseNN, type SegDataset, type Vote } from '@cribo/eval-seg';
import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../backends/load.js';
import { loadWeights, readCheckpointInfo } from '../checkpoint/load.js';
import type { Config } from '../config/schema.js';
import { fromInput, InputError } from '../errors.js';
import { denseNNFigures } from '../evaluations/dense-nn-figures.js';
import { digestOfWeights, type Figure, recordOf } from '../evaluations/record.js';
import { folderOf, readEvaluation, saveEvaluation } from '../evaluations/saved.js';
import { runGenerator } from '../generators.js';
import { initNetwork, type NetworkConfig, networkConfig } from '../model.js';
import { patchFeatures } from '../network-features.js';

/** How the rows of an ablation are scored: dense nearest-neighbour retrieval (Sec. 4.1). */
export interface AblationEvaluation {
  /** Labelled images to retrieve from. */
  memory: SegDataset;
  /** Labelled images to segment. */
  query: SegDataset;
  /** Folder of these data sets: results that were kept for another one are not taken for theirs. */
  root?: string;
  /** Side of the square that images are resized to; by default that of the views. */
  imageSize?: number;
  /** Images per forward pass; default 16. */
  batchSize?: number;
  /** Neighbours per patch; default 50. */
  k?: number;
  /** Default `softmax`. */
  vote?: Vote;
  /** Of the softmax vote; default 0.07. */
  temperature?: number;
  /** Memory sizes: one image out of each of these; default the whole memory, `[1]`. */
  subsampling?: readonly number[];
  /** Draws of every memory size but the whole; default 5. */
  draws?: number;
  /** Classes of an additional mIoU. */
  classSubset?: readonly number[];
  onProgress?: (progress: DenseNNProgress) => void;
}

/** Side of the images that a network with these settings is evaluated on. @throws InputError if patches do not tile it */
export function evaluatedSize({ views, model }: Config, { imageSize = views.imageSize }: AblationEvaluation): number {
  if (imageSize % model.patchSize !== 0) {
    throw new InputError(`imageSize is ${imageSize}, expected a multiple of model.patchSize (${model.patchSize}).`);
  }
  return imageSize;
}

/** Evaluates the teacher of a checkpoint. The result is kept in the run folder; what was evaluated before is read from there. */
export async function evaluateTeacher(
  runDir: string,
  checkpoint: string,
  evaluation: AblationEvaluation,
): Promise<readonly Figure[]> {
  const info = await readCheckpointInfo(checkpoint);
  return evaluate(runDir, evaluation, {
    checkpoint,
    step: info.step,
    weights: 'teacher',
    config: info.config,
    network: info.network,
    params: () => loadWeights(checkpoint, info, 'teacher'),
  });
}

/** The same for the network as it is before the first step. */
export async function evaluateInitial(
  runDir: string,
  config: Config,
  evaluation: AblationEvaluation,
): Promise<readonly Figure[]> {
  const network = networkConfig(config);
  return evaluate(runDir, evaluation, {
    checkpoint: runDir,
    step: 0,
    weights: 'random',
    config,
    network,
    params: async () => initNetwork(network, runGenerator(config.seed).split('network')),
  });
}

interface Evaluated {
  checkpoint: string;
  step: number;
  weights: 'teacher' | 'random';
  config: Config;
  network: NetworkConfig;
  params(): Promise<Params>;
}

async function evaluate(
  runDir: string,
  evaluation: AblationEvaluation,
  { checkpoint, step, weights, config, network, params }: Evaluated,
): Promise<readonly Figure[]> {
  const { memory, query, batchSize = 16, k = 50, vote = 'softmax', temperature = 0.07 } = evaluation;
  const { root, subsampling = [1], draws = 5, classSubset, onProgress } = evaluation;
  const imageSize = evaluatedSize(config, evaluation);
  const settings = { imageSize, batchSize, k, vote, temperature, subsampling, seeds: draws, classSubset };
  const record = recordOf(
    { protocol: 'dense-nn', checkpoint, step, weights },
    {
      settings: { ...(root !== undefined && { root: resolve(root) }), ...settings, backend: config.backend.name },
      data: [memory, query].map(({ name, length }) => ({ name, images: length })),
      weightsSha256: await digestOfWeights(checkpoint, { network, config }, weights),
    },
  );
  const folder = folderOf(join(runDir, 'evaluations'), record);
  const earlier = readEvaluation(folder);
  if (earlier !== undefined) return earlier.result.headline;

  await loadBackend(config.backend);
  const loaded = await params();
  try {
    const { classSubset: _, ...rest } = settings;
    const numbers = await fromInput(() =>
      evaluateDenseNN({
        model: patchFeatures(loaded, network),
        memory,
        query,
        patchSize: network.backbone.patchSize,
        ...rest,
        ...(classSubset !== undefined && { classSubset }),
        ...(onProgress && { onProgress }),
      }),
    );
    const headline = denseNNFigures(numbers);
    await saveEvaluation(folder, { ...record, headline, ...numbers }, []);
    return headline;
  } finally {
    tf.dispose(loaded);
  }
}
