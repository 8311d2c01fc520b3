import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { onBackends } from '../../test-support/golden.js';
import { noise, photographs } from '../src/measure/batches.js';

const config = parseConfig({ views: { imageSize: 32 }, training: { batchSize: 2 }, clustering: { clusters: 3 } });

onBackends(['cpu'], () => {
  it('makes the same batches of photographs for a step every time, beginning again after the last image', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'photographs-'));
    const colours = ['red', 'green', 'blue'];
    for (const background of colours) {
      await sharp({ create: { width: 60, height: 40, channels: 3, background } }).toFile(
        join(folder, `${background}.png`),
      );
    }
    const batches = await photographs(config, folder);
    const seen = [];
    for (const step of [0, 1, 0]) {
      const batch = await batches.of(step);
      expect(batch.views.shape).toEqual([4, 32, 32, 3]);
      expect(batch.positions.shape).toEqual([2, 2, 4, 2]);
      expect(batch.initIndices.shape).toEqual([2, 3]);
      seen.push(await batch.views.data());
      tf.dispose({ ...batch });
    }
    expect(seen[2]).toEqual(seen[0]);
    expect(seen[1]).not.toEqual(seen[0]);
    await batches.close();
    rmSync(folder, { recursive: true });
  });

  it('draws noise of the same form', async () => {
    const batches = noise(config);
    const [batch, again] = [await batches.of(3), await batches.of(3)];
    expect(batch.views.shape).toEqual([4, 32, 32, 3]);
    expect(await again.positions.data()).toEqual(await batch.positions.data());
    tf.dispose([{ ...batch }, { ...again }]);
    await batches.close();
  });
});
