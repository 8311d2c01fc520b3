import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { type CycleCombination, combineCycles, crossImageWeights } from '../src/index.js';

// Two images of three objects. The last object of the second image is not valid: no check of it holds.
const o1 = [[true, false, true], [false, true, false]]; // biome-ignore format: one row per image
const o2 = [[true, true, false], [false, false, false]]; // biome-ignore format: one row per image

onBackends(['cpu', 'onnxruntime'], () => {
  describe('the cycle checks of both directions become', () => {
    it.each<[CycleCombination, number[]]>([
      ['min', [1, 0, 0, 0, 0, 0]],
      ['max', [1, 1, 1, 0, 1, 0]],
      ['avg', [1, 0.5, 0.5, 0, 0.5, 0]],
    ])('%s', async (how, wanted) => {
      const combined = await combinedOf(how);
      expect(combined.shape).toEqual([2, 3]);
      expect([...(await combined.data())]).toEqual(wanted);
    });
  });

  describe('as masks of both directions they weigh', () => {
    it('paper: every match over the sum of the matches, in both directions', async () => {
      const both = (weights: number[]) => [...weights, ...weights].map(Math.fround);
      expect(await weightsOf('max', 'paper')).toEqual(both([1 / 4, 1 / 4, 1 / 4, 0, 1 / 4, 0]));
      expect(await weightsOf('avg', 'paper')).toEqual(both([1 / 2.5, 0.5 / 2.5, 0.5 / 2.5, 0, 0.5 / 2.5, 0]));
    });

    it('released: half of that', async () => {
      const [paper, released] = [await weightsOf('avg', 'paper'), await weightsOf('avg', 'released')];
      for (const [i, weight] of released.entries()) expect(weight).toBeCloseTo(paper[i]! / 2, 6);
    });

    it.each(['paper', 'released'] as const)('%s: a single half match counts whole, none at all 0', async (variant) => {
      const weights = async (values: number[]) => {
        const mask = tf.tensor2d(values, [1, 2]);
        return [...(await crossImageWeights(mask, mask, variant).data())];
      };
      const whole = variant === 'paper' ? 1 : 0.5;
      expect(await weights([0, 0.5])).toEqual([0, whole, 0, whole]);
      expect(await weights([0, 0])).toEqual([0, 0, 0, 0]);
    });
  });

  it('leaves no tensors but the result', () => {
    const masks = [o1, o2].map((rows) => tf.tensor2d(rows, [2, 3], 'bool'));
    const before = tf.memory().numTensors;
    combineCycles(masks[0]!, masks[1]!, 'avg').dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(masks);
  });

  it('refuses masks of different shapes', () => {
    expect(() => combineCycles(tf.zeros([2, 3]), tf.zeros([2, 4]), 'min')).toThrow(/mask2.*2, 4.*2, 3/);
  });
});

const combinedOf = (how: CycleCombination) =>
  combineCycles(tf.tensor2d(o1, [2, 3], 'bool'), tf.tensor2d(o2, [2, 3], 'bool'), how);

async function weightsOf(how: CycleCombination, variant: 'paper' | 'released'): Promise<number[]> {
  const combined = combinedOf(how);
  return [...(await crossImageWeights(combined, combined, variant).data())];
}
