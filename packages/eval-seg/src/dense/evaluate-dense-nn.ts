import { checkNotEmpty } from '../checks.js';
import type { SegDataset } from '../dataset.js';
import type { PatchModel } from '../patch-model.js';
import type { BlockSize } from '../search/search.js';
import { checkSubset, sharedClasses } from '../shared-classes.js';
import { timed } from '../timed.js';
import type { CreateIndex } from './approximate-index.js';
import {
  checkRetrieval,
  type DenseNNOptions,
  denseNearestNeighbours,
  type Prediction,
} from './dense-nearest-neighbours.js';
import { extractMemory } from './extract-memory.js';
import type { MemoryPatches } from './memory-patches.js';
import { memorySubsets } from './memory-subsets.js';
import { extractPatchFeatures, type PatchFeatures } from './patch-features.js';
import { type DenseNNResult, summarise } from './result.js';
import type { RetrievalPhase } from './search-runs.js';
import type { Vote } from './vote.js';

export interface EvaluateDenseNNOptions {
  readonly model: PatchModel;
  /** Labelled images to retrieve from, such as VOC `train`. */
  readonly memory: SegDataset;
  /** Labelled images to segment, such as VOC `val`. */
  readonly query: SegDataset;
  /** Side of the square that images are resized to, in pixels. */
  readonly imageSize: number;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  /** Images per forward pass; default 8. */
  readonly batchSize?: number;
  /** Neighbours per patch; default 50. */
  readonly k?: number;
  /** Default `softmax`. */
  readonly vote?: Vote;
  /** Temperature of the softmax vote; default 0.07. */
  readonly temperature?: number;
  /** Memory sizes: one image out of each of these numbers; default `[1, 8, 64, 128]`. */
  readonly subsampling?: readonly number[];
  /** Draws of every memory size but the whole; default 5. */
  readonly seeds?: number;
  /**
   * Times that every memory image is looked at (Hummingbird's augmentation epochs): the first time as it is, then augmented. The
   * default 1 is the paper's protocol: the image once, not augmented.
   */
  readonly memoryEpochs?: number;
  /**
   * Patches of the whole memory, of which every image and epoch contributes the same number, rare classes first (as in
   * Hummingbird); absent, all patches.
   */
  readonly memorySize?: number;
  /** Seed of the augmentation and of the sample of `memorySize`; default 0. */
  readonly memorySeed?: number;
  /** Retrieves by an approximate index instead of the exact search; its recall is then in the result. */
  readonly createIndex?: CreateIndex;
  /** Query patches, evenly spaced, whose exact neighbours tell the recall of the index; default 1000. */
  readonly recallQueries?: number;
  /** Classes of an additional mIoU, reported next to the one over all classes. */
  readonly classSubset?: readonly number[];
  readonly blockSize?: BlockSize;
  readonly onProgress?: (progress: DenseNNProgress) => void;
  /** Called with the features before anything is retrieved; they are held while it runs. */
  readonly onFeatures?: (memory: MemoryPatches, query: PatchFeatures) => void | Promise<void>;
  /** Called with the labels of every query image in every run. */
  readonly onPrediction?: (prediction: Prediction) => void;
}

export interface DenseNNProgress {
  /**
   * `memory` and `query`: features of that data set, counted in images (each `memoryEpochs` times); `retrieval`: counted in
   * query patches, with an index of every run; `index`: patches put into an index; `recall`: query patches searched exactly.
   */
  readonly phase: 'memory' | 'query' | RetrievalPhase;
  readonly done: number;
  readonly total: number;
}

/**
 * Evaluates patch features by dense nearest-neighbour retrieval (Sec. 4.1): labels of query patches are voted by the most
 * similar labelled patches of the memory, at several memory sizes.
 * @throws Error of one sentence if a file is wrong, the two data sets have different classes, or sizes do not fit.
 */
export async function evaluateDenseNN(options: EvaluateDenseNNOptions): Promise<DenseNNResult> {
  const { model, memory, query, imageSize, patchSize, batchSize = 8, k = 50, vote = 'softmax' } = options;
  const { temperature = 0.07, subsampling = [1, 8, 64, 128], seeds = 5, classSubset, onProgress } = options;
  const classes = sharedClasses(memory, query, { reference: 'memory', other: 'query' });
  checkSubset(classSubset, classes.length);
  const { memoryEpochs = 1, memorySize, memorySeed = 0, recallQueries = 1000 } = options;
  // Features may take hours: what cannot be retrieved with has to show before.
  checkNotEmpty(memory, query);
  checkRetrieval({ k, temperature, recallQueries });
  memorySubsets(memory.length, subsampling, seeds);
  const size = { imageSize, patchSize, batchSize };
  const progress = (phase: DenseNNProgress['phase']) => (done: number, total: number) =>
    onProgress?.({ phase, done, total });
  const [memoryFeatures, memorySeconds] = await timed(() =>
    extractMemory(model, memory, {
      ...size,
      views: memoryEpochs,
      ...(memorySize !== undefined && { memorySize }),
      seed: memorySeed,
      onProgress: progress('memory'),
    }),
  );
  const [queryFeatures, querySeconds] = await timed(() =>
    extractPatchFeatures(model, query, { ...size, keepMasks: true, onProgress: progress('query') }),
  );
  await options.onFeatures?.(memoryFeatures, queryFeatures);
  const retrieval: DenseNNOptions = {
    memory: memoryFeatures,
    query: queryFeatures,
    classes: classes.length,
    k,
    vote,
    temperature,
    subsampling,
    seeds,
    recallQueries,
    onProgress: (done, total, phase) => onProgress?.({ phase, done, total }),
    ...(options.createIndex && { createIndex: options.createIndex }),
    ...(options.blockSize && { blockSize: options.blockSize }),
    ...(options.onPrediction && { onPrediction: options.onPrediction }),
  };
  const [runs, retrievalSeconds] = await timed(() => denseNearestNeighbours(retrieval));
  return {
    memory: { name: memory.name, images: memoryFeatures.images, patches: memoryFeatures.rows },
    query: { name: query.name, images: queryFeatures.images, patches: queryFeatures.rows },
    classes: [...classes],
    ...(classSubset && { classSubset: [...classSubset] }),
    imageSize,
    patchSize,
    k,
    vote,
    temperature: vote === 'softmax' ? temperature : null,
    memoryEpochs,
    memorySize: memorySize ?? null,
    memorySeed,
    recallQueries: options.createIndex ? Math.min(recallQueries, queryFeatures.rows) : null,
    ratios: subsampling.map((factor) => {
      return summarise(
        factor,
        runs.filter(({ subset }) => subset.factor === factor),
        classSubset,
      );
    }),
    confusion: runs.find(({ subset }) => subset.factor === Math.min(...subsampling))!.patch.rows(),
    seconds: { memory: memorySeconds, query: querySeconds, retrieval: retrievalSeconds },
  };
}
