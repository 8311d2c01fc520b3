/**
 * The part of the evaluations that touches no file and so also runs in the browser: dense retrieval, linear segmentation, Segmenter,
 * k-NN, detection, their measures, and pictures.
 * @module
 */
export { classIouChart } from './charts/class-iou-chart.js';
export { confusionChart } from './charts/confusion-chart.js';
export { ConfusionMatrix } from './confusion-matrix.js';
export { IGNORE_LABEL, type LabelMask, type SegDataset, type SegItem } from './dataset.js';
export * from './dense/index.js';
export * from './detection/index.js';
export * from './image-knn/index.js';
export * from './linear/index.js';
export { type Palette, vocPalette } from './palette.js';
export type { PatchModel } from './patch-model.js';
export { encodePng, overlaySegmentation, renderSegmentation, sideBySide } from './picture.js';
export * from './search/index.js';
export * from './segmentation/index.js';
export * from './segmenter/index.js';
export { squareImage, squareInput, squareMask } from './square.js';
export * from './training/index.js';
export { type Grid, upsampleNearest, upsampleScores } from './upsample.js';
