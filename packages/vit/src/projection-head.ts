import { checkShape, type Generator, geluLinear, type Layer, l2Normalize, mlp, type Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { layerParameters, parameter } from './params.js';
import { weightNorm } from './weight-norm.js';

/** The shape of a projection head. */
export interface HeadConfig {
  /** Width of the tokens it takes. */
  inDim: number;
  hiddenDim: number;
  bottleneckDim: number;
  /** Outputs of the layer for whole images. */
  outDim: number;
  /** Outputs of the layer for objects. */
  objectOutDim: number;
  /** The gains of both output layers are fixed at 1 and have no gradient. */
  normLastLayer: boolean;
}

/** Which of the two output layers to use: the one for whole images or the one for objects. */
export type HeadOutput = 'global' | 'object';

const lastLayer = { global: 'last_layer', object: 'last_layer_c' } as const satisfies Record<HeadOutput, string>;
const trunk = ['mlp.0', 'mlp.2', 'mlp.4'] as const;

/**
 * Fresh parameters of a head: a shared trunk of three linear layers (normal, std 0.02; biases 0) and two
 * weight-normalised output layers with directions `weight_v` [bottleneck, out] and gains `weight_g` [out, 1] of 1.
 */
export function initProjectionHead(config: HeadConfig, rng: Generator): Params {
  const { inDim, hiddenDim, bottleneckDim, outDim, objectOutDim } = config;
  const widths = [inDim, hiddenDim, hiddenDim, bottleneckDim] as const;
  const params: Params = {};
  trunk.forEach((name, i) => {
    params[`${name}.weight`] = rng.split(name).truncNormal([widths[i]!, widths[i + 1]!]);
    params[`${name}.bias`] = tf.zeros([widths[i + 1]!]);
  });
  for (const [name, out] of [
    [lastLayer.global, outDim],
    [lastLayer.object, objectOutDim],
  ] as const) {
    // A linear layer's default: uniform within ±1/√in.
    const bound = 1 / Math.sqrt(bottleneckDim);
    params[`${name}.weight_v`] = tf.tidy(() =>
      tf.mul(tf.sub(rng.split(name).uniformTensor([bottleneckDim, out]), 0.5), 2 * bound),
    );
    params[`${name}.weight_g`] = tf.ones([out, 1]);
  }
  return params;
}

/**
 * What a projection head's output layers see: three linear layers with GELU between, then L2 normalisation. Differentiable.
 *
 * @param x float32 [R, inDim]
 * @returns float32 [R, bottleneckDim], rows of length 1
 */
export function projectionFeatures(params: Params, config: HeadConfig, x: tf.Tensor): tf.Tensor2D {
  checkShape('x', x, [null, config.inDim]);
  const [first, second, third] = trunk.map((name) => layerParameters(params, name)) as [Layer, Layer, Layer];
  return tf.tidy(() => {
    const hidden = mlp(x, first, second);
    return l2Normalize(geluLinear(hidden, third.weight, third.bias)) as tf.Tensor2D;
  });
}

/**
 * The effective weight of an output layer: column o is g_o · v_o / ‖v_o‖. Differentiable.
 *
 * @returns float32 [bottleneckDim, outDim] or [bottleneckDim, objectOutDim]
 */
export function outputWeight(params: Params, config: HeadConfig, output: HeadOutput): tf.Tensor2D {
  const gain = config.normLastLayer ? undefined : parameter(params, `${lastLayer[output]}.weight_g`);
  return weightNorm(parameter(params, `${lastLayer[output]}.weight_v`), gain);
}

/**
 * Logits of a projection head: {@link projectionFeatures} times {@link outputWeight}, without bias. Differentiable.
 *
 * @param x float32 [R, inDim]
 * @returns float32 [R, outDim] or [R, objectOutDim]
 */
export function projectionHeadForward(
  params: Params,
  config: HeadConfig,
  x: tf.Tensor,
  output: HeadOutput,
): tf.Tensor2D {
  return tf.tidy(() => tf.matMul(projectionFeatures(params, config, x), outputWeight(params, config, output)));
}
