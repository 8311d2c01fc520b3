import { describe, expect, it } from 'vitest';
import { argmaxScores, voteScores } from '../src/index.js';

const neighbours = { indices: Int32Array.of(0, 1, 2), similarities: Float32Array.of(0.9, 0.5, 0.5) };
const labels = Uint8Array.of(2, 0, 0);

describe('voteScores', () => {
  it('weights softmax votes by exp(similarity / temperature)', () => {
    const scores = voteScores(neighbours, labels, 3, { vote: 'softmax', temperature: 0.4, classes: 3 });
    // e^1 : 2 with the similarities relative to the lower one.
    expect(scores[0]).toBeCloseTo(2 / (2 + Math.E), 5);
    expect(scores[1]).toBe(0);
    expect(scores[2]).toBeCloseTo(Math.E / (2 + Math.E), 5);
    expect([...argmaxScores(scores, 3)]).toEqual([2]);
  });

  it('counts majority votes', () => {
    const scores = voteScores(neighbours, labels, 3, { vote: 'majority', temperature: 0.07, classes: 3 });
    expect([...scores]).toEqual([Math.fround(2 / 3), 0, Math.fround(1 / 3)]);
    expect([...argmaxScores(scores, 3)]).toEqual([0]);
  });

  it('leaves out neighbours that do not exist', () => {
    const few = { indices: Int32Array.of(0, -1, -1), similarities: Float32Array.of(0.9, -Infinity, -Infinity) };
    expect([...voteScores(few, labels, 3, { vote: 'softmax', temperature: 0.07, classes: 3 })]).toEqual([0, 0, 1]);
  });
});
