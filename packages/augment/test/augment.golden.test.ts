import { expect, it } from 'vitest';
import { describeGolden, type Golden } from '../../../test-support/golden.js';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  applyView,
  gaussianBlur,
  grayscale,
  hflip,
  type Image,
  type JitterStep,
  normalize,
  paperPolicy,
  resizedCrop,
  solarize,
} from '../src/index.js';

interface Op {
  output: string;
  input: string;
  op: string;
  factor: number;
  radius: number;
  threshold: number;
  i: number;
  j: number;
  h: number;
  w: number;
  size: number;
}

const operations: Record<string, (image: Image, op: Op) => Image> = {
  resized_crop: (image, { i, j, h, w, size }) => resizedCrop(image, { top: i, left: j, height: h, width: w }, size),
  hflip,
  adjust_brightness: (image, { factor }) => adjustBrightness(image, factor),
  adjust_contrast: (image, { factor }) => adjustContrast(image, factor),
  adjust_saturation: (image, { factor }) => adjustSaturation(image, factor),
  adjust_hue: (image, { factor }) => adjustHue(image, factor),
  grayscale,
  gaussian_blur: (image, { radius }) => gaussianBlur(image, radius),
  solarize: (image, { threshold }) => solarize(image, threshold),
};

function imageOf(golden: Golden, key: string): Image {
  const { shape, data } = golden.host(key);
  return { height: shape[0]!, width: shape[1]!, data: data as Uint8Array };
}

describeGolden('augment', (golden) => {
  const ops = (golden.json.ops as Op[]).filter(({ op }) => op !== 'to_tensor_normalize');

  it.each(ops.map((op) => [op.output, op] as const))('%s is equal in every byte', (_, op) => {
    const result = operations[op.op]!(imageOf(golden, op.input), op);
    expect(result).toEqual({ ...imageOf(golden, op.output), data: new Uint8Array(imageOf(golden, op.output).data) });
  });

  it('normalize is equal in every float', () => {
    const image = imageOf(golden, 'crop64');
    const channelsFirst = golden.host('normalize').data as Float32Array;
    const pixels = image.width * image.height;
    const expected = Float32Array.from(
      { length: pixels * 3 },
      (_, i) => channelsFirst[(i % 3) * pixels + ((i / 3) | 0)]!,
    );
    expect(normalize(image)).toEqual(expected);
  });

  it.each(['view1', 'view2'])('the whole chain of %s is equal in every byte', (name) => {
    const chain = golden.json.chains[name];
    const image = imageOf(golden, 'source');
    const { i, j, h, w } = (golden.json.ops as Op[]).find(({ output }) => output === chain.input)!;
    const steps = (['brightness', 'contrast', 'saturation', 'hue'] as const).map(
      (op, index): JitterStep => ({ op, factor: chain.factors_b_c_s_h[index] }),
    );
    const recipe = {
      crop: { top: i, left: j, height: h, width: w },
      flip: chain.hflip,
      jitter: chain.order.map((index: number) => steps[index]),
      grayscale: chain.grayscale,
      blurSigma: chain.blur_radius,
      solarize: chain.solarize ? 128 : null,
      order: paperPolicy.views[0].order,
    };
    expect(applyView(image, recipe, 112).data).toEqual(new Uint8Array(imageOf(golden, chain.output).data));
  });
});
