import { describe, expect, it } from 'vitest';
import { distance, onBoth } from './backend.js';
import { lossAndGradients } from './transformer-block.js';

describe('a transformer block', () => {
  it('has the loss and gradients of the reference backend', async () => {
    const { expected, actual } = await onBoth(lossAndGradients);
    expected.forEach((array, i) => {
      expect(distance(actual[i]!, array), `result ${i}`).toBeLessThan(2e-6);
    });
  });
});
