/**
 * Dense evaluation of patch features: labelled data sets, nearest-neighbour retrieval of patch labels (CrIBo, Sec. 4.1), mean
 * intersection over union, and pictures of the result.
 * @module
 */

export { type Ade20kSplit, openAde20k } from './ade20k.js';
export { ade20kClasses } from './classes/ade20k.js';
export { cocoStuffClasses } from './classes/coco-stuff.js';
export { pascalContext59Classes, pascalContextClasses } from './classes/pascal-context.js';
export { voc2012Classes } from './classes/voc2012.js';
export { type CocoStuffSplit, openCocoStuff } from './coco-stuff.js';
export * from './core.js';
export { openCocoDetection } from './detection/coco-detection.js';
export { type FolderOptions, openFolder } from './folder.js';
export { openImageFolder } from './image-knn/image-folder.js';
export { readLabelMask } from './label-mask.js';
export { openPascalContext, type PascalContextOptions, type PascalContextSplit } from './pascal-context.js';
export { openVoc2012, type Voc2012Split } from './voc2012.js';
