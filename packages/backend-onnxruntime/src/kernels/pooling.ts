import { type AvgPoolAttrs, backend_util } from '@tensorflow/tfjs-core';
import type { Attributes, Graph } from '../graph.js';
import { sameShape, type Value } from '../value.js';
import type { Kernel, KernelCall, KernelTable } from './call.js';
import { cast, expand, fedScalar, filled, int, ints, like, mul, string, transpose } from './ops.js';

/*
 * Pooling of NHWC images. ONNX pools NCHW.
 */

type Info = backend_util.Conv2DInfo;

function poolInfo(call: KernelCall, shape: readonly number[]): Info {
  const { filterSize, strides, pad, dimRoundingMode } = call.attrs<AvgPoolAttrs>();
  return backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

function windowOf({ padInfo, strideHeight, strideWidth, filterHeight, filterWidth }: Info): Attributes {
  return {
    kernel_shape: ints([filterHeight, filterWidth]),
    pads: ints([padInfo.top, padInfo.left, padInfo.bottom, padInfo.right]),
    strides: ints([strideHeight, strideWidth]),
  };
}

const toNchw = (g: Graph, x: Value): Value => transpose(g, x, [0, 3, 1, 2]);
const toNhwc = (g: Graph, x: Value): Value => transpose(g, x, [0, 2, 3, 1]);

function outShape(info: Info): number[] {
  return [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
}

function pooling(op: string): Kernel {
  return (call) => {
    const x = call.value('x');
    const info = poolInfo(call, x.shape);
    const isIdentity = info.filterHeight === 1 && info.filterWidth === 1 && sameShape(info.inShape, info.outShape);
    if (isIdentity) return call.alias(call.tensor('x'), x.shape);
    const image = toNchw(call.graph, cast(call.graph, x, 'float32'));
    return cast(
      call.graph,
      toNhwc(call.graph, call.graph.op(op, [image], 'float32', outShape(info), windowOf(info))),
      x.type,
    );
  };
}

/** dy goes to the largest element of each window, whose flat position MaxPool tells; overlapping windows add up. */
const maxPoolGrad: Kernel = (call) => {
  const g = call.graph;
  const input = call.value('input');
  const info = poolInfo(call, input.shape);
  const image = toNchw(g, input);
  const specs = [
    { type: 'float32' as const, shape: outShape(info) },
    { type: 'int64' as const, shape: outShape(info) },
  ];
  const [, positions] = g.append('MaxPool', '', [image], specs, windowOf(info));
  const flat = (x: Value): Value => g.reshape(x, [x.size]);
  const zeros = filled(g, 'float32', [input.size], 0);
  const inputs = [zeros, flat(positions!), flat(toNchw(g, call.value('dy')))];
  const scattered = g.op('ScatterElements', inputs, 'float32', [input.size], {
    axis: int(0),
    reduction: string('add'),
  });
  return toNhwc(g, g.reshape(scattered, image.shape));
};

/**
 * dy is divided by the size of the window, also where it hangs over the edge (as tfjs does on every backend), and spread
 * by a convolution with ones.
 */
const avgPoolGrad: Kernel = (call) => {
  const g = call.graph;
  const shape = call.tensor('input').shape;
  const info = poolInfo(call, shape);
  const { padInfo, strideHeight, strideWidth, filterHeight, filterWidth, inHeight, inWidth, outHeight, outWidth } =
    info;
  const dy = toNchw(g, call.value('dy'));
  const shares = mul(g, dy, like(dy, 1 / (filterHeight * filterWidth)));
  const ones = expand(g, fedScalar(g, 'float32', 1), [info.inChannels, 1, filterHeight, filterWidth]);
  const rest = [
    inHeight + padInfo.top + padInfo.bottom - ((outHeight - 1) * strideHeight + filterHeight),
    inWidth + padInfo.left + padInfo.right - ((outWidth - 1) * strideWidth + filterWidth),
  ];
  const attributes = { ...windowOf(info), output_padding: ints(rest), group: int(info.inChannels) };
  const spread = g.op(
    'ConvTranspose',
    [shares, ones],
    'float32',
    [info.batchSize, info.inChannels, inHeight, inWidth],
    attributes,
  );
  return toNhwc(g, spread);
};

/** Pooling and its gradients. */
export const poolingKernels: KernelTable = {
  AvgPool: pooling('AveragePool'),
  AvgPoolGrad: avgPoolGrad,
  MaxPool: pooling('MaxPool'),
  MaxPoolGrad: maxPoolGrad,
};
