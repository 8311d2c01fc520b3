/** Segmenter (Table 3): the mask transformer on a network that is fine-tuned end to end, and its parts. */
export {
  type EvaluateSegmenterOptions,
  evaluateSegmenter,
  type SegmenterProgress,
  type SegmenterResult,
} from './evaluate-segmenter.js';
export { initMaskTransformer } from './init-mask-transformer.js';
export { type MaskTransformerConfig, type MaskTransformerOutput, maskTransformer } from './mask-transformer.js';
export { type SegmenterConfig, segmenterLogits, segmenterStep } from './segmenter.js';
