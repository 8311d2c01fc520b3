import { basename } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { viewPolicy } from '../../view-policy.js';
import { ofView } from './matches.js';
import { type SeenObjects, seeObjects } from './see-objects.js';
import type { Teacher } from './teacher.js';
import { type ViewTile, viewTile } from './tiles.js';
import type { ViewSource } from './view-source.js';

/** Images of the batch of one step, with the objects that the teacher sees in them. */
export interface LookedAt {
  step: number;
  /** Places in the batch: 0 … R−1. */
  rows: number[];
  /** The names of the R images. */
  names: string[];
  seen: SeenObjects;
  /** `[size, size, 3]` normalised: one of the two views of an image. */
  view(row: number, which: 0 | 1): Float32Array;
  /** A view as a picture, with the cluster of every patch. */
  tile(row: number, which: 0 | 1): Promise<ViewTile>;
  /** Any normalised view of this run as a picture. */
  picture(view: Float32Array): Promise<string>;
  /** Per cluster of an image, whether it has patches in both views. */
  valid(row: number): boolean[];
}

/** Lets the teacher look at the first `count` images of the batch of the step after its last. */
export async function lookAtNextBatch(teacher: Teacher, source: ViewSource, count: number): Promise<LookedAt> {
  const { config, step } = teacher.info;
  const { imageSize } = config.views;
  const { mean, std } = viewPolicy(config);
  const { clusters } = config.clustering;
  const rows = Array.from({ length: count }, (_, row) => row);
  const loaded = await source.rows(step, rows);
  const seen = seeObjects(teacher, step, rows, loaded);
  const labels = (await seen.labels.data()) as Int32Array;
  const valid = (await seen.valid.data()) as Uint8Array;
  const tokens = labels.length / count;
  const pixels = imageSize * imageSize * 3;
  const view = (row: number, which: 0 | 1) => {
    const start = (which * count + row) * pixels;
    return loaded.views.subarray(start, start + pixels);
  };
  const picture = (normalised: Float32Array) => viewTile(normalised, imageSize, mean, std);
  return {
    step,
    rows,
    names: loaded.files.map((file) => basename(file)),
    seen,
    view,
    picture,
    async tile(row, which) {
      const ofImage = labels.subarray(row * tokens, (row + 1) * tokens);
      return { src: await picture(view(row, which)), labels: ofView(ofImage, which) };
    },
    valid: (row) => Array.from(valid.subarray(row * clusters, (row + 1) * clusters), Boolean),
  };
}

export const disposeLookedAt = ({ seen }: LookedAt): void => tf.dispose(seen);
