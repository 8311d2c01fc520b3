import type { ConfusionMatrix } from '../confusion-matrix.js';
import type { DenseNNRun } from './dense-nearest-neighbours.js';
import type { Vote } from './vote.js';

/** Mean and population standard deviation over the runs of one memory size; `null` if no class is present. */
export interface Statistic {
  readonly mean: number | null;
  readonly std: number | null;
}

/** All numbers are shares of 1. */
export interface LevelResult {
  /** Over all classes that are present. */
  readonly mIoU: Statistic;
  /** Over those of `classSubset` that are present. */
  readonly mIoUSubset?: Statistic;
  readonly accuracy: Statistic;
  /** Mean over the runs, one per class; `null` for a class that is nowhere. */
  readonly iou: (number | null)[];
}

export interface MemorySizeResult {
  /** One memory image out of `factor` was used. */
  readonly factor: number;
  readonly memoryImages: number;
  /** Labelled patches retrieved from, in every run. */
  readonly memoryPatches: number[];
  readonly runs: number;
  /** Share of the exact neighbours that the index finds; absent for the exact search. */
  readonly recall?: Statistic;
  /** Label of every patch, as in the paper's tables. */
  readonly patch: LevelResult;
  /** Every pixel has the label of its patch. */
  readonly pixelNearest: LevelResult;
  /** Class scores upsampled bilinearly to pixels. */
  readonly pixelBilinear: LevelResult;
}

/** The outcome of `evaluateDenseNN`; plain data, ready for JSON. */
export interface DenseNNResult {
  readonly memory: { readonly name: string; readonly images: number; readonly patches: number };
  readonly query: { readonly name: string; readonly images: number; readonly patches: number };
  readonly classes: string[];
  readonly classSubset?: number[];
  readonly imageSize: number;
  readonly patchSize: number;
  readonly k: number;
  readonly vote: Vote;
  /** `null` for the majority vote, which has none. */
  readonly temperature: number | null;
  readonly memoryEpochs: number;
  /** `null` where the memory holds all patches. */
  readonly memorySize: number | null;
  readonly memorySeed: number;
  /** Query patches whose exact neighbours tell the recall; `null` for the exact search. */
  readonly recallQueries: number | null;
  /** One entry per element of `subsampling`, in its order. */
  readonly ratios: MemorySizeResult[];
  /**
   * Patches labelled from the largest memory, in its first draw: `[classes][classes]`, rows are the ground truth, columns the prediction.
   */
  readonly confusion: number[][];
  readonly seconds: { readonly memory: number; readonly query: number; readonly retrieval: number };
}

/** The numbers of all runs of one memory size. */
export function summarise(
  factor: number,
  runs: readonly DenseNNRun[],
  subset: readonly number[] | undefined,
): MemorySizeResult {
  const level = (name: 'patch' | 'pixelNearest' | 'pixelBilinear') =>
    summariseLevel(
      runs.map((run) => run[name]!),
      subset,
    );
  const recalls = runs.flatMap(({ recall }) => (recall === undefined ? [] : [recall]));
  return {
    factor,
    memoryImages: runs[0]!.subset.images.length,
    memoryPatches: runs.map(({ memoryPatches }) => memoryPatches),
    runs: runs.length,
    ...(recalls.length > 0 && { recall: statistic(recalls) }),
    patch: level('patch'),
    pixelNearest: level('pixelNearest'),
    pixelBilinear: level('pixelBilinear'),
  };
}

function summariseLevel(matrices: readonly ConfusionMatrix[], subset: readonly number[] | undefined): LevelResult {
  const ious = matrices.map((matrix) => matrix.iou());
  return {
    mIoU: statistic(matrices.map((matrix) => matrix.meanIoU())),
    ...(subset && { mIoUSubset: statistic(matrices.map((matrix) => matrix.meanIoU(subset))) }),
    accuracy: statistic(matrices.map((matrix) => matrix.accuracy())),
    iou: ious[0]!.map((_, c) => statistic(ious.map((iou) => iou[c]!)).mean),
  };
}

/** Over the values that exist. */
function statistic(values: readonly (number | null)[]): Statistic {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0) return { mean: null, std: null };
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  return { mean, std: Math.sqrt(variance) };
}
