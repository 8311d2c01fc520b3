/**
 * The part of dense evaluation that touches no file and so also runs in the browser: features and labels of patches, retrieval,
 * voting, mean intersection over union, and pictures.
 * @module
 */
export type { ApproximateIndex, CreateIndex } from './approximate-index.js';
export { argmaxPixels } from './argmax-pixels.js';
export { type AugmentedViewsOptions, augmentedViews } from './augmented-views.js';
export { classIouChart } from './charts/class-iou-chart.js';
export { confusionChart } from './charts/confusion-chart.js';
export { ConfusionMatrix } from './confusion-matrix.js';
export { IGNORE_LABEL, type LabelMask, type SegDataset, type SegItem } from './dataset.js';
export {
  type DenseNNOptions,
  type DenseNNRun,
  denseNearestNeighbours,
  type Prediction,
} from './dense-nearest-neighbours.js';
export * from './detection/index.js';
export { drawSupport, type SupportPictureOptions } from './draw-support.js';
export {
  type DenseNNProgress,
  type DenseNNResult,
  type EvaluateDenseNNOptions,
  evaluateDenseNN,
  type LevelResult,
  type MemorySizeResult,
  type Statistic,
} from './evaluate-dense-nn.js';
export { extractMemory, type MemoryOptions } from './extract-memory.js';
export type { PatchModel } from './feature-batches.js';
export type { FeatureRows } from './feature-rows.js';
export * from './image-knn/index.js';
export * from './linear/index.js';
export { type MemoryPatches, type PatchPlace, placeOf } from './memory-patches.js';
export { type MemorySubset, memorySubsets } from './memory-subsets.js';
export { type Neighbours, nearestNeighbours } from './nearest-neighbours.js';
export { type Palette, vocPalette } from './palette.js';
export {
  extractPatchFeatures,
  type PatchFeatureOptions,
  type PatchFeatures,
} from './patch-features.js';
export { patchLabels } from './patch-labels.js';
export { encodePng, overlaySegmentation, renderSegmentation, sideBySide } from './picture.js';
export {
  type QueryPatch,
  type RetrievedPatch,
  type RetrievedSupport,
  retrieveSupport,
} from './retrieve-support.js';
export { samplePatches } from './sample-patches.js';
export type { BlockSize } from './search.js';
export type { RetrievalPhase, RetrievalProgress } from './search-runs.js';
export * from './segmentation/index.js';
export * from './segmenter/index.js';
export { squareImage, squareInput, squareMask } from './square.js';
export * from './training/index.js';
export { type Grid, upsampleNearest, upsampleScores } from './upsample.js';
export { argmaxScores, type Vote, type VoteOptions, voteScores } from './vote.js';
