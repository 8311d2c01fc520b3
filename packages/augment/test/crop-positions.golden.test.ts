import { expect, it } from 'vitest';
import { describeGolden } from '../../../test-support/golden.js';
import { cropPositions } from '../src/index.js';

describeGolden('crop-positions', (golden) => {
  const names = Object.keys(golden.json.crops);

  it.each(names)('%s lies within the tolerance of the reference', (name) => {
    const { i, j, h, w, output, patch, flip } = golden.json.crops[name];
    const grid = golden.host(`${name}/grid`).data as Float32Array;
    const tokens = grid.length / 2;
    const positions = cropPositions({ top: i, left: j, height: h, width: w }, output, patch, flip);
    // The reference computes in float32, which is noisier for coordinates near 2000.
    const tolerance = name === 'big-down' ? 5e-3 : 2e-3;
    for (let n = 0; n < tokens; n++) {
      expect(Math.abs(positions[2 * n]! - grid[n]!)).toBeLessThan(tolerance);
      expect(Math.abs(positions[2 * n + 1]! - grid[tokens + n]!)).toBeLessThan(tolerance);
    }
  });
});
