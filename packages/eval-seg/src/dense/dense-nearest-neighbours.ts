import { checkWhole } from '../checks.js';
import { ConfusionMatrix } from '../confusion-matrix.js';
import { IGNORE_LABEL } from '../dataset.js';
import type { Neighbours } from '../search/nearest-neighbours.js';
import type { BlockSize } from '../search/search.js';
import { upsampleNearest } from '../upsample.js';
import type { CreateIndex } from './approximate-index.js';
import { argmaxPixels } from './argmax-pixels.js';
import { checkMemory, type MemoryPatches, placeOf } from './memory-patches.js';
import { type MemorySubset, memorySubsets } from './memory-subsets.js';
import type { PatchFeatures } from './patch-features.js';
import { approximateRuns, exactRuns, type RetrievalProgress } from './search-runs.js';
import { argmaxScores, type Vote, type VoteOptions, voteScores } from './vote.js';

export interface DenseNNOptions {
  /** Patches that may be retrieved; void ones are left out. */
  readonly memory: MemoryPatches;
  /** Patches to label; with `masks`, pixel-level results come too. */
  readonly query: PatchFeatures;
  /** Number of classes. */
  readonly classes: number;
  /** Neighbours per patch; default 50. */
  readonly k?: number;
  /** Default `softmax`. */
  readonly vote?: Vote;
  /** Temperature of the softmax vote; default 0.07. */
  readonly temperature?: number;
  /** Memory sizes: one image out of each of these numbers; default `[1, 8, 64, 128]`, as in Table 1. */
  readonly subsampling?: readonly number[];
  /** Draws of every memory size but the whole; default 5. */
  readonly seeds?: number;
  readonly blockSize?: BlockSize;
  /** Searches by an approximate index instead of comparing with all of the memory; one is made for every run. */
  readonly createIndex?: CreateIndex;
  /** Query patches, evenly spaced, whose exact neighbours tell the recall of the index; default 1000. */
  readonly recallQueries?: number;
  /** Called with the number of query patches done, of an index also with the rows added and the queries of the recall done. */
  readonly onProgress?: RetrievalProgress;
  /** Called with the labels of every image in every run. */
  readonly onPrediction?: (prediction: Prediction) => void;
}

/** What one run says about one image. */
export interface Prediction {
  /** Index of the image in the query data set. */
  readonly image: number;
  readonly subset: MemorySubset;
  /** `[rows, columns]` label of every patch. */
  readonly patches: Uint8Array;
  /** `[pixel rows, pixel columns]` label of every pixel (bilinear upsampling of the scores). */
  readonly pixels: Uint8Array;
}

/** Confusion matrices of one memory. */
export interface DenseNNRun {
  readonly subset: MemorySubset;
  /** Patches retrieved from. */
  readonly memoryPatches: number;
  /** Share of the exact neighbours that the index finds; absent for the exact search, which finds all. */
  readonly recall?: number;
  /** Predicted against majority label of every patch: "evaluated on all the patches". */
  readonly patch: ConfusionMatrix;
  /** Pixels, the patch label taken by all of its pixels; absent without masks. */
  readonly pixelNearest?: ConfusionMatrix;
  /** Pixels, class scores upsampled bilinearly; absent without masks. */
  readonly pixelBilinear?: ConfusionMatrix;
}

/**
 * Dense nearest-neighbour retrieval (Sec. 4.1): every query patch takes the label that its `k` most similar memory patches
 * vote for. All memories, sub-sampled by images, are searched in one pass over the similarities.
 * @throws Error naming the argument if the sizes do not fit, or a drawn memory holds void patches only.
 */
export async function denseNearestNeighbours(options: DenseNNOptions): Promise<DenseNNRun[]> {
  const { memory, query, k = 50, subsampling = [1, 8, 64, 128], seeds = 5 } = options;
  const voting: VoteOptions = {
    vote: options.vote ?? 'softmax',
    temperature: options.temperature ?? 0.07,
    classes: options.classes,
  };
  checkRetrieval(options);
  checkMemory(memory);
  checkLabels(memory.labels, options.classes);
  const subsets = memorySubsets(memory.images, subsampling, seeds);
  const members = membersOf(subsets, memory);
  const runs = subsets.map((subset, i) => newRun(subset, members[i]!, options));
  const recalls = new Map<number, number>();

  const patches = query.grid.rows * query.grid.columns;
  for await (const { run, firstQuery, count, neighbours } of neighboursOf(members, options, recalls)) {
    for (let patch = 0; patch < count; patch += patches) {
      const scores = voteScores(imageNeighbours(neighbours, patch, patches, k), memory.labels, k, voting);
      score(runs[run]!, (firstQuery + patch) / patches, scores, options);
    }
  }
  return runs.map((run, i) => (recalls.has(i) ? { ...run, recall: recalls.get(i)! } : run));
}

/** @throws Error naming the setting that does not fit */
export function checkRetrieval({
  k = 50,
  temperature = 0.07,
  recallQueries = 1000,
}: Pick<DenseNNOptions, 'k' | 'temperature' | 'recallQueries'>): void {
  checkWhole('k', k);
  if (!(temperature > 0)) throw new Error(`temperature: got ${temperature}, wanted a number above 0`);
  checkWhole('recallQueries', recallQueries);
}

/** The neighbours of all query patches in the memory of every run; `recalls` takes the recall of every index. */
function neighboursOf(members: Uint8Array[], options: DenseNNOptions, recalls: Map<number, number>) {
  const { memory, query, k = 50, createIndex, recallQueries = 1000, onProgress } = options;
  const patches = query.grid.rows * query.grid.columns;
  const imagesPerBlock = Math.max(1, Math.floor((options.blockSize?.queries ?? 1024) / patches));
  const blockSize = { ...options.blockSize, queries: imagesPerBlock * patches };
  const searched = { k, members, blockSize, ...(onProgress && { onProgress }) };
  if (createIndex === undefined) return exactRuns(memory, query, searched);
  const onRecall = (run: number, recall: number) => void recalls.set(run, recall);
  return approximateRuns(memory, query, { ...searched, createIndex, recallQueries, onRecall });
}

/** Those of `count` queries from `first` on. */
const imageNeighbours = (
  { indices, similarities }: Neighbours,
  first: number,
  count: number,
  k: number,
): Neighbours => ({
  indices: indices.subarray(first * k, (first + count) * k),
  similarities: similarities.subarray(first * k, (first + count) * k),
});

/** Marks, for every subset, the patches of the drawn images that have a label. */
function membersOf(subsets: readonly MemorySubset[], memory: MemoryPatches): Uint8Array[] {
  const imageOf = Int32Array.from({ length: memory.rows }, (_, row) => placeOf(memory, row).image);
  return subsets.map(({ images }) => {
    const drawn = new Uint8Array(memory.images);
    for (const image of images) drawn[image] = 1;
    return memory.labels.map((label, row) => (label === IGNORE_LABEL ? 0 : drawn[imageOf[row]!]!));
  });
}

function newRun(subset: MemorySubset, members: Uint8Array, { query, classes }: DenseNNOptions): DenseNNRun {
  const memoryPatches = members.reduce((sum, member) => sum + member, 0);
  if (memoryPatches === 0) {
    const drawn = subset.seed === null ? 'the memory' : `the memory 1/${subset.factor} of seed ${subset.seed}`;
    throw new Error(`memory: all patches of ${drawn} are void, wanted at least one with a label`);
  }
  const run = { subset, memoryPatches, patch: new ConfusionMatrix(classes) };
  if (query.masks === undefined) return run;
  return { ...run, pixelNearest: new ConfusionMatrix(classes), pixelBilinear: new ConfusionMatrix(classes) };
}

/** Turns the scores of one image into labels and counts them. */
function score(
  run: DenseNNRun,
  image: number,
  scores: Float32Array,
  { query, classes, onPrediction }: DenseNNOptions,
): void {
  const { grid, pixels: pixelGrid } = query;
  const first = image * grid.rows * grid.columns;
  const patches = argmaxScores(scores, classes);
  run.patch.add(query.labels.subarray(first, first + patches.length), patches);
  const mask = query.masks?.[image];
  if (mask === undefined && onPrediction === undefined) return;
  const pixels = argmaxPixels(scores, grid, pixelGrid, classes);
  if (mask !== undefined) {
    run.pixelNearest!.add(mask, upsampleNearest(patches, grid, pixelGrid));
    run.pixelBilinear!.add(mask, pixels);
  }
  onPrediction?.({ image, subset: run.subset, patches, pixels });
}

function checkLabels(labels: Uint8Array, classes: number): void {
  const wrong = labels.find((label) => label >= classes && label !== IGNORE_LABEL);
  if (wrong !== undefined) {
    throw new Error(`memory.labels: got ${wrong}, wanted 0 to ${classes - 1} or ${IGNORE_LABEL}`);
  }
}
