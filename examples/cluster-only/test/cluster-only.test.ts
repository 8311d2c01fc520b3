import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterPicture, type PictureClusters } from '../src/cluster-picture.js';
import { drawScene } from '../src/scene.js';

describe('clustering a drawn scene', () => {
  let folder: string;
  let output: string;
  let found: PictureClusters;
  let tensorsKept: number;

  beforeAll(async () => {
    await tf.setBackend('cpu');
    folder = await mkdtemp(join(tmpdir(), 'cluster-only-'));
    output = join(folder, 'clusters.png');
    const before = tf.memory().numTensors;
    found = await clusterPicture(await drawScene(), output);
    tensorsKept = tf.memory().numTensors - before;
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives an object the same cluster in both views, and different objects different ones', () => {
    const places = { ball: [90, 140], stripes: [185, 140], sky: [130, 60], meadow: [240, 200] };
    const clusters = Object.values(places).map(([x, y]) => {
      const [first, second] = found.views.map((_, view) => labelAt(found, view, x!, y!));
      expect(first).toBe(second);
      return first!;
    });
    expect(new Set(clusters).size).toBe(clusters.length);
    expect(found.shared).toEqual(expect.arrayContaining(clusters));
  });

  it('writes both views and their clusters as one picture', async () => {
    expect(await sharp(output).metadata()).toMatchObject({ format: 'png', width: 448, height: 448 });
  });

  it('keeps no tensors', () => {
    expect(tensorsKept).toBe(0);
  });
});

/** Cluster of the patch of a view that is nearest to a place in the picture. */
function labelAt({ views, labels }: PictureClusters, view: number, x: number, y: number): number {
  const distances = views[view]!.positions.map(([px, py]) => Math.hypot(px! - x, py! - y));
  return labels[view]![distances.indexOf(Math.min(...distances))]!;
}
