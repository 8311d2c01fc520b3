/**
 * Dense evaluation of patch features: labelled data sets, nearest-neighbour retrieval of patch labels (CrIBo, Sec. 4.1), mean
 * intersection over union, and pictures of the result.
 * @module
 */
export * from './core.js';
export { type FolderOptions, openFolder } from './folder.js';
export { readLabelMask } from './label-mask.js';
export { openVoc2012, type Voc2012Split, voc2012Classes } from './voc2012.js';
