import {
  backend_util,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type DepthwiseConv2dNativeAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type FusedConv2DAttrs,
  util,
} from '@tensorflow/tfjs-core';
import type { Attributes, Graph } from '../graph.js';
import type { Value } from '../value.js';
import { activate } from './activation.js';
import type { Kernel, KernelCall, KernelTable } from './call.js';
import { add, int, ints, slice, transpose } from './ops.js';

/*
 * tfjs convolves NHWC images with HWIO filters, ONNX NCHW images with OIHW filters.
 */

type Info = backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

const toNchw = (g: Graph, x: Value, { dataFormat }: Info): Value =>
  dataFormat === 'channelsLast' ? transpose(g, x, TO_NCHW) : x;
const fromNchw = (g: Graph, x: Value, { dataFormat }: Info): Value =>
  dataFormat === 'channelsLast' ? transpose(g, x, TO_NHWC) : x;

interface Geometry {
  strides: [number, number] | number;
  pad: Conv2DAttrs['pad'];
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil' | undefined;
}

function convInfo(
  x: readonly number[],
  filter: readonly number[],
  geometry: Geometry,
  depthwise: boolean,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
): Info {
  return backend_util.computeConv2DInfo(
    x as Shape4,
    filter as Shape4,
    geometry.strides,
    geometry.dilations ?? 1,
    geometry.pad,
    geometry.dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
}

function attributesOf({ padInfo, strideHeight, strideWidth, dilationHeight, dilationWidth }: Info): Attributes {
  return {
    pads: ints([padInfo.top, padInfo.left, padInfo.bottom, padInfo.right]),
    strides: ints([strideHeight, strideWidth]),
    dilations: ints([dilationHeight, dilationWidth]),
  };
}

function outShape(info: Info): number[] {
  return [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
}

function convolve(g: Graph, x: Value, filter: Value, info: Info): Value {
  const weights = transpose(g, filter, [3, 2, 0, 1]);
  const y = g.op('Conv', [toNchw(g, x, info), weights], 'float32', outShape(info), attributesOf(info));
  return fromNchw(g, y, info);
}

/** Filters [h, w, in, multiplier] as one group per input channel. */
function depthwiseFilter(g: Graph, filter: Value): Value {
  const [h, w, inputs, multiplier] = filter.shape as Shape4;
  return g.reshape(transpose(g, filter, [2, 3, 0, 1]), [inputs * multiplier, 1, h, w]);
}

function convolveDepthwise(g: Graph, x: Value, filter: Value, info: Info): Value {
  const attributes = { ...attributesOf(info), group: int(info.inChannels) };
  const inputs = [toNchw(g, x, info), depthwiseFilter(g, filter)];
  return fromNchw(g, g.op('Conv', inputs, 'float32', outShape(info), attributes), info);
}

const conv2D: Kernel = (call) => {
  const attrs = call.attrs<Conv2DAttrs>();
  const x = call.value('x');
  const filter = call.value('filter');
  return convolve(call.graph, x, filter, convInfo(x.shape, filter.shape, attrs, false, attrs.dataFormat));
};

const depthwiseConv2D: Kernel = (call) => {
  const attrs = call.attrs<DepthwiseConv2dNativeAttrs>();
  const x = call.value('x');
  const filter = call.value('filter');
  return convolveDepthwise(call.graph, x, filter, convInfo(x.shape, filter.shape, attrs, true, attrs.dataFormat));
};

/** Convolution, bias and activation. In NCHW a bias or slope per channel stands on the second axis. */
function fused(depthwise: boolean): Kernel {
  const apply = depthwise ? convolveDepthwise : convolve;
  return (call) => {
    const g = call.graph;
    const attrs = call.attrs<FusedConv2DAttrs>();
    const x = call.value('x');
    const filter = call.value('filter');
    const y = apply(g, x, filter, convInfo(x.shape, filter.shape, attrs, depthwise, attrs.dataFormat));
    const biased = call.has('bias') ? add(g, y, perChannel(call, 'bias', attrs.dataFormat)) : y;
    const hasSlope = call.has('preluActivationWeights');
    const slope = hasSlope ? perChannel(call, 'preluActivationWeights', attrs.dataFormat) : undefined;
    return activate(g, biased, attrs.activation, slope, attrs.leakyreluAlpha);
  };
}

function perChannel(call: KernelCall, name: string, dataFormat: 'NHWC' | 'NCHW'): Value {
  const value = call.value(name);
  if (dataFormat !== 'NCHW' || value.shape.length !== 1 || value.size === 1) return value;
  return call.graph.reshape(value, [value.size, 1, 1]);
}

/** The transposed convolution that spreads dy over the input; what the stride left uncovered gets zeros. */
function spread(g: Graph, dy: Value, weights: Value, info: Info, group: number): Value {
  const { padInfo, inHeight, inWidth, outHeight, outWidth } = info;
  const rest = [
    inHeight + padInfo.top + padInfo.bottom - ((outHeight - 1) * info.strideHeight + info.effectiveFilterHeight),
    inWidth + padInfo.left + padInfo.right - ((outWidth - 1) * info.strideWidth + info.effectiveFilterWidth),
  ];
  const attributes = { ...attributesOf(info), output_padding: ints(rest), group: int(group) };
  const shape = [info.batchSize, info.inChannels, inHeight, inWidth];
  // tfjs lets conv2dTranspose pass a dy that is larger than the convolution's result and ignores the rest.
  const whole = toNchw(g, dy, info);
  const used = slice(g, whole, [0, 0, 0, 0], [whole.shape[0]!, whole.shape[1]!, outHeight, outWidth]);
  return fromNchw(g, g.op('ConvTranspose', [used, weights], 'float32', shape, attributes), info);
}

const conv2DBackpropInput: Kernel = (call) => {
  const attrs = call.attrs<Conv2DBackpropInputAttrs>();
  const filter = call.value('filter');
  const info = convInfo(attrs.inputShape, filter.shape, attrs, false, attrs.dataFormat);
  return spread(call.graph, call.value('dy'), transpose(call.graph, filter, [3, 2, 0, 1]), info, 1);
};

const depthwiseBackpropInput: Kernel = (call) => {
  const attrs = call.attrs<DepthwiseConv2dNativeBackpropInputAttrs>();
  const filter = call.value('filter');
  const info = convInfo(attrs.inputShape, filter.shape, attrs, true);
  return spread(call.graph, call.value('dy'), depthwiseFilter(call.graph, filter), info, info.inChannels);
};

/**
 * The gradient of the filter is a convolution of x by dy in which channels and batch change places, and the stride of
 * the forward convolution becomes the distance between the taps.
 */
const conv2DBackpropFilter: Kernel = (call) => {
  const g = call.graph;
  const attrs = call.attrs<Conv2DBackpropFilterAttrs>();
  const x = call.value('x');
  const info = convInfo(x.shape, attrs.filterShape, attrs, false, attrs.dataFormat);
  util.assert(info.dilationHeight === 1 && info.dilationWidth === 1, () => 'Conv2DBackpropFilter: dilations must be 1');
  const [h, w, inputs, outputs] = attrs.filterShape;
  const images = transpose(g, toNchw(g, x, info), [1, 0, 2, 3]);
  const taps = transpose(g, toNchw(g, call.value('dy'), info), [1, 0, 2, 3]);
  const { padInfo, strideHeight, strideWidth } = info;
  const extent = (size: number, pads: number, out: number, stride: number) => size + pads - (out - 1) * stride;
  const rows = extent(info.inHeight, padInfo.top + padInfo.bottom, info.outHeight, strideHeight);
  const columns = extent(info.inWidth, padInfo.left + padInfo.right, info.outWidth, strideWidth);
  const gradient = g.op('Conv', [images, taps], 'float32', [inputs, outputs, rows, columns], {
    pads: ints([padInfo.top, padInfo.left, padInfo.bottom, padInfo.right]),
    strides: ints([1, 1]),
    dilations: ints([strideHeight, strideWidth]),
  });
  return transpose(g, slice(g, gradient, [0, 0, 0, 0], [inputs, outputs, h, w]), [2, 3, 0, 1]);
};

/** Convolutions of images and their gradients. */
export const convolutionKernels: KernelTable = {
  Conv2D: conv2D,
  Conv2DBackpropFilter: conv2DBackpropFilter,
  Conv2DBackpropInput: conv2DBackpropInput,
  DepthwiseConv2dNative: depthwiseConv2D,
  DepthwiseConv2dNativeBackpropInput: depthwiseBackpropInput,
  FusedConv2D: fused(false),
  FusedDepthwiseConv2D: fused(true),
};
