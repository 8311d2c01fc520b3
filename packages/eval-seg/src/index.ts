/**
 * Evaluation of pretrained features: labelled data sets, dense nearest-neighbour retrieval of patch labels (CrIBo, Sec. 4.1), linear
 * segmentation, Segmenter, k-NN and detection, their measures, and pictures of the results.
 * @module
 */

export * from './core.js';
export * from './datasets/index.js';
export { openCocoDetection } from './detection/coco-detection.js';
export { openImageFolder } from './image-knn/image-folder.js';
