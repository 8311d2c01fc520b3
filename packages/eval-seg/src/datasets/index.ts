/** Labelled data sets in the layouts of their releases, and plain folders. */
export { type Ade20kSplit, openAde20k } from './ade20k.js';
export { ade20kClasses } from './classes/ade20k.js';
export { cocoStuffClasses } from './classes/coco-stuff.js';
export { pascalContext59Classes, pascalContextClasses } from './classes/pascal-context.js';
export { voc2012Classes } from './classes/voc2012.js';
export { type CocoStuffSplit, openCocoStuff } from './coco-stuff.js';
export { type FolderOptions, openFolder } from './folder.js';
export { readLabelMask } from './label-mask.js';
export { openPascalContext, type PascalContextOptions, type PascalContextSplit } from './pascal-context.js';
export { openVoc2012, type Voc2012Split } from './voc2012.js';
