import { Generator, type Params, valueAndGrads } from '@cribo/tensor';
import { fromStateDict, toStateDict } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeGolden, onBackends } from '../../../test-support/golden.js';
import {
  initMaskTransformer,
  type LossAverage,
  type MaskTransformerConfig,
  maskTransformer,
  segmentationLoss,
  upsampleScores,
} from '../src/index.js';
import { WindowScores } from '../src/segmentation/window-scores.js';

describeGolden('segmenter-mask', (file) => {
  const { B: batch, grid, H: height, W: width, num_classes: classes } = file.json;
  const [rows, columns] = grid as [number, number];
  const patches = { rows, columns };
  const config: MaskTransformerConfig = {
    inDim: file.json.in_channels,
    embedDim: file.json.embed_dims,
    depth: file.json.depth,
    numHeads: file.json.heads,
    mlpRatio: file.json.mlp_ratio,
    classes,
    dropPathRate: 0,
  };
  const names = (file.json.params as [string, number[]][]).map(([name]) => name);
  /** Ten times the stated error of float32, of values around 1. */
  const tolerance = 10 * (file.json.official_segmenter_maxabs_diff as number);
  const floats = (key: string) => file.host(key).data as Float32Array;
  /** `[B, C, P]` to `[B, P, C]`, as the reference keeps classes before positions. */
  const classesLast = (values: Float32Array) => {
    const count = values.length / (batch * classes);
    return Float32Array.from(values, (_, i) => {
      const [position, c] = [Math.floor(i / classes) % count, i % classes];
      return values[(Math.floor(i / (classes * count)) * classes + c) * count + position]!;
    });
  };
  const gt = file.host('gt').data as Int32Array;

  onBackends(['cpu', 'onnxruntime'], () => {
    let params: Params;
    let tokens: tf.Tensor;
    let labels: tf.Tensor;
    beforeAll(() => {
      const ours = initMaskTransformer(config, Generator.fromSeed(0));
      params = fromStateDict(new Map(names.map((name) => [name, file.host(`w/${name}`)])), ours);
      tf.dispose(ours);
      [tokens, labels] = [file.tensor('tokens'), file.tensor('gt')];
    });
    afterAll(() => tf.dispose([params, tokens, labels]));

    it('gives the output of every layer, the cosines and the logits', async () => {
      const before = tf.memory().numTensors;
      const output = maskTransformer(params, config, tokens);
      const { layers, cosine, logits } = output;
      const values = await Promise.all([...layers, cosine, logits].map((tensor) => tensor.data<'float32'>()));
      tf.dispose(output);
      expect(tf.memory().numTensors).toBe(before);
      expectClose(values[0]!, floats('inner/layer0'), tolerance);
      expectClose(values[1]!, floats('inner/layer1'), tolerance);
      expectClose(values[2]!, floats('inner/cosine'), tolerance);
      expectClose(values[3]!, classesLast(floats('logits')), tolerance);
    });

    it('gives logits that lead to the loss and the class of every pixel', async () => {
      const output = maskTransformer(params, config, tokens);
      const logits = await output.logits.data<'float32'>();
      tf.dispose(output);
      const upsampled = classesLast(floats('logits_up'));
      const each = rows * columns * classes;
      for (let image = 0; image < batch; image++) {
        const own = logits.slice(image * each, (image + 1) * each);
        const pixels = [image * height * width, (image + 1) * height * width] as const;
        const scores = upsampleScores(own, patches, { rows: height, columns: width }, classes);
        expectClose(scores, upsampled.subarray(pixels[0] * classes, pixels[1] * classes), tolerance);
        const losses = Float32Array.from(gt.subarray(...pixels), (label, pixel) =>
          label === 255 ? 0 : crossEntropy(scores.subarray(pixel * classes, (pixel + 1) * classes), label),
        );
        expectClose(losses, floats('pixel_loss').subarray(...pixels), tolerance);
        const size = { width, height };
        const whole = new WindowScores(size, classes);
        whole.add({ left: 0, top: 0, ...size }, own, patches, size);
        const expected = Uint8Array.from((file.host('pred').data as Int32Array).subarray(...pixels));
        expect(whole.labels(size)).toEqual(expected);
      }
    });

    /** Loss and gradients by the names of the golden case, in its layout. */
    async function lossAndGradients(average: LossAverage) {
      const before = tf.memory().numTensors;
      const { value, grads } = valueAndGrads(
        ({ tokens, ...weights }) => {
          const { logits } = maskTransformer(weights, config, tokens!);
          return { loss: segmentationLoss(logits, patches, labels, average), aux: {} };
        },
        { ...params, tokens },
      );
      const [loss] = await value.data();
      const gradients = await toStateDict(grads);
      tf.dispose([value, grads]);
      expect(tf.memory().numTensors).toBe(before);
      return { loss: loss!, gradients };
    }

    it('gives the loss over all pixels and the gradients of every weight', async () => {
      const { loss, gradients } = await lossAndGradients('all');
      expect(Math.abs(loss - floats('losses')[0]!)).toBeLessThanOrEqual(tolerance);
      expect([...gradients.keys()].sort()).toEqual([...names, 'tokens'].sort());
      for (const [name, { shape, data }] of gradients) {
        const key = name === 'tokens' ? 'grad_all/tokens' : `grad_all/w/${name}`;
        expect(shape).toEqual(file.host(key).shape);
        expectClose(data as Float32Array, floats(key), tolerance * largest(floats(key)));
      }
    });

    it('gives the loss over labelled pixels and the gradient of the tokens', async () => {
      const { loss, gradients } = await lossAndGradients('valid');
      expect(Math.abs(loss - floats('losses')[1]!)).toBeLessThanOrEqual(tolerance);
      const expected = floats('grad_valid/tokens');
      expectClose(gradients.get('tokens')!.data as Float32Array, expected, tolerance * largest(expected));
    });

    it('gives the gradient of the logits', async () => {
      const output = maskTransformer(params, config, tokens);
      const gradient = tf.tidy(() =>
        tf.grad((logits) => segmentationLoss(logits as tf.Tensor, patches, labels))(output.logits),
      );
      const expected = classesLast(floats('grad_all/logits'));
      expectClose(await gradient.data<'float32'>(), expected, tolerance * largest(expected));
      tf.dispose([output, gradient]);
    });
  });
});

function crossEntropy(scores: Float32Array, label: number): number {
  const highest = Math.max(...scores);
  return highest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - highest), 0)) - scores[label]!;
}

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}
