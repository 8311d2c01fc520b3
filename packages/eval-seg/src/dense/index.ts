/** Dense nearest-neighbour retrieval (Table 1): features of patches, memories, retrieval, votes. */
export type { ApproximateIndex, CreateIndex } from './approximate-index.js';
export { argmaxPixels } from './argmax-pixels.js';
export { type AugmentedViewsOptions, augmentedViews } from './augmented-views.js';
export {
  type DenseNNOptions,
  type DenseNNRun,
  denseNearestNeighbours,
  type Prediction,
} from './dense-nearest-neighbours.js';
export { drawSupport, type SupportPictureOptions } from './draw-support.js';
export { type DenseNNProgress, type EvaluateDenseNNOptions, evaluateDenseNN } from './evaluate-dense-nn.js';
export { extractMemory, type MemoryOptions } from './extract-memory.js';
export { type MemoryPatches, type PatchPlace, placeOf } from './memory-patches.js';
export { type MemorySubset, memorySubsets } from './memory-subsets.js';
export { extractPatchFeatures, type PatchFeatureOptions, type PatchFeatures } from './patch-features.js';
export { patchLabels } from './patch-labels.js';
export type { DenseNNResult, LevelResult, MemorySizeResult, Statistic } from './result.js';
export { type QueryPatch, type RetrievedPatch, type RetrievedSupport, retrieveSupport } from './retrieve-support.js';
export { samplePatches } from './sample-patches.js';
export type { RetrievalPhase, RetrievalProgress } from './search-runs.js';
export { argmaxScores, type Vote, type VoteOptions, voteScores } from './vote.js';
