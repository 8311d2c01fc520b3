/** Image-level k-NN classification (Table 5). */
export { centerInput } from './center-input.js';
export {
  type EvaluateImageKnnOptions,
  evaluateImageKnn,
  type ImageKnnProgress,
  type ImageKnnResult,
  type ImageKnnRun,
} from './evaluate-image-knn.js';
export type { ImageDataset, LabelledImage } from './image-dataset.js';
export {
  extractImageFeatures,
  type ImageFeatureOptions,
  type ImageFeatures,
  type ImageModel,
} from './image-features.js';
