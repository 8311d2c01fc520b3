/**
 * Vision transformers and DINO projection heads as plain functions over named parameters.
 * @module
 */
export { type VitArch, type VitConfig, vitConfig } from './config.js';
export { addBranch } from './drop-path.js';
export { initVit } from './init-vit.js';
export { layerParameters, parameter, prefixed, unprefixed } from './params.js';
export { positionEmbedding } from './position-embedding.js';
export {
  type HeadConfig,
  type HeadOutput,
  initProjectionHead,
  outputWeight,
  projectionFeatures,
  projectionHeadForward,
} from './projection-head.js';
export { fromStateDict, lazyStateDict, toStateDict } from './state-dict.js';
export { type VitOptions, type VitOutput, vitForward } from './vit.js';
