import { parseConfig } from '@cribo/trainer';
import { vitConfig } from '@cribo/vit';
import { describe, expect, it } from 'vitest';
import { bankFlops, phaseCost, stepCost, totalCost, trunkFlops, vitForwardFlops } from '../src/figures/cost-model.js';

describe('operations of a backbone', () => {
  it('are 9.2 GFLOP for ViT-S/16 at 224 px, as counted by hand', () => {
    // 197 tokens of width 384: qkv, projection, both products of attention, both layers of the MLP, in each of 12 blocks.
    const block = 2 * 197 * 384 * (3 * 384 + 384 + 2 * 197 + 2 * 1536);
    expect(vitForwardFlops(vitConfig('vit_small'), 224)).toBe(12 * block + 2 * 196 * 768 * 384);
    expect(vitForwardFlops(vitConfig('vit_small'), 224)).toBe(9_196_996_608);
  });

  it('grow with the square of the tokens in attention alone', () => {
    const config = vitConfig('vit_tiny', { depth: 1 });
    const [at112, at224] = [vitForwardFlops(config, 112), vitForwardFlops(config, 224)];
    const attention = (tokens: number) => 4 * tokens ** 2 * 192;
    const perToken = (tokens: number, all: number) => (all - attention(tokens)) / tokens;
    // Patches are embedded, the CLS token is not.
    expect(perToken(197, at224) / perToken(50, at112)).toBeCloseTo(1, 2);
  });
});

describe('operations of heads and bank', () => {
  it('count the three layers of the trunk', () => {
    const head = { inDim: 2, hiddenDim: 3, bottleneckDim: 5, outDim: 7, objectOutDim: 11, normLastLayer: false };
    expect(trunkFlops(head, 1)).toBe(2 * (2 * 3 + 3 * 3 + 3 * 5));
  });

  it('compare 512 objects per view with 1.6 million: 1.26 TFLOP', () => {
    const flops = bankFlops({ stored: 25_000 * 64, dim: 384, queries: 8 * 64 });
    expect(flops).toBe(2 * 2 * 512 * 384 * (1_600_000 + 512));
    expect(flops / 1e12).toBeCloseTo(1.26, 2);
  });
});

describe('operations of a step', () => {
  const config = parseConfig({ training: { batchSize: 8 }, bank: { images: 256 } });
  const cost = stepCost(config);
  const backbone = 16 * 9_196_996_608;
  const trunk = 2 * (384 * 2048 + 2048 * 2048 + 2048 * 256);
  const logits = 2 * 256 * 65_536;
  const perRow = trunk + logits;

  it('are those of 16 views, two heads and the bank', () => {
    expect(cost.teacher).toBe(backbone);
    // 16 class tokens, 512 objects, and their neighbours.
    expect(cost.targets).toBe((16 + 512 + 512) * trunk);
    expect(cost.targetLogits).toBe((16 + 512 + 512) * logits);
    expect(cost.retrieval).toBe(2 * 2 * 256 * 384 * (256 * 32 + 256));
    const pooling = 16 * 2 * 32 * 196 * 384;
    expect(cost.clustering).toBe(pooling + 5 * 8 * 2 * (2 * 32 * 392 * 384));
    expect(cost.studentForward).toBe(backbone + pooling + (16 + 512) * perRow);
    const pixels = 16 * 2 * 196 * 768 * 384;
    expect(cost.studentBackward).toBe(2 * backbone - pixels + pooling + 2 * (16 + 512) * perRow);
    expect(totalCost(cost)).toBe(Object.values(cost).reduce((sum, part) => sum + part));
  });

  it('count the rows of valid objects alone', () => {
    const ofFew = stepCost(config, 200);
    expect(cost.targetLogits - ofFew.targetLogits).toBe(2 * (512 - 400) * logits);
    expect(ofFew.retrieval).toBe(2 * 2 * 200 * 384 * (256 * 32 + 200));
  });

  it('leave out gradients of losses that are off, and clusters that come from masks', () => {
    const other = parseConfig({
      training: { batchSize: 8 },
      losses: { object: false, crossImage: false },
      clustering: { method: 'masks' },
      oracle: { masks: 'masks/' },
    });
    const { studentForward, studentBackward, clustering, targets } = stepCost(other);
    expect(targets).toBe((16 + 512) * trunk);
    expect(clustering).toBe(16 * 2 * 32 * 196 * 384);
    expect(studentBackward).toBe(2 * studentForward - 16 * 2 * 196 * 768 * 384 - clustering - 2 * 512 * perRow);
  });

  it('belong to the phases that a step is measured in', () => {
    const phases = phaseCost(cost, ['teacher', 'retrieval', 'targets', 'student', 'update']);
    expect(phases.teacher).toBe(cost.teacher + cost.clustering);
    expect(phases.student).toBe(cost.studentForward + cost.studentBackward + cost.targetLogits);
    expect(phases.update).toBe(0);
    expect(Object.values(phases).reduce((sum, part) => sum + part)).toBe(totalCost(cost));
  });

  it('count a part once where it is measured as a phase of its own', () => {
    const phases = phaseCost(cost, ['teacher', 'clustering', 'retrieval', 'targets', 'student']);
    expect(phases.teacher).toBe(cost.teacher);
    expect(phases.clustering).toBe(cost.clustering);
  });
});
