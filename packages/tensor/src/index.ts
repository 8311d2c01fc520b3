/// <reference path="./gradients-entry.d.ts" />
/**
 * What the CrIBo packages share on top of TensorFlow.js, on any backend: differentiable ops with closed-form gradients,
 * seeded random numbers, and safetensors. Importing it registers the gradients of all TensorFlow.js kernels.
 * @module
 */
import '@cribo/tensor/gradients';

export { attention } from './attention.js';
export { checkShape } from './check-shape.js';
export { gelu } from './gelu.js';
export { geluLinear } from './gelu-linear.js';
export { Generator, type GeneratorState } from './generator.js';
export { halfFromBits, lazyHalf, storesHalf, toHalf } from './half.js';
export { fromHalfBits, toHalfBits } from './half-numbers.js';
export {
  fromHost,
  type HostTensor,
  type LazyHostTensor,
  lazyHost,
  type SafetensorsDType,
  toHost,
} from './host-tensor.js';
export { l2Normalize } from './l2-normalize.js';
export { layerNorm } from './layer-norm.js';
export { type Layer, linear } from './linear.js';
export { mlp } from './mlp.js';
export { partBoundary } from './part-boundary.js';
export { type ProjectedTarget, type ProjectedTeacher, projectedCrossEntropy } from './projected-cross-entropy.js';
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.js';
export {
  formatSafetensorsHeader,
  hostData,
  parseSafetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
  safetensorsHeaderBytes,
} from './safetensors-header.js';
export { type QkvLayer, selfAttention, selfAttentionWeights } from './self-attention.js';
export { softmaxCrossEntropy } from './softmax-cross-entropy.js';
export { type Evaluated, type Params, valueAndGrads } from './value-and-grads.js';
