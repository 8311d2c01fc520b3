import { basename } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../backends/load.js';
import { InputError } from '../../errors.js';
import { viewPolicy } from '../../view-policy.js';
import type { Run } from '../read-run.js';
import { clsAttention, meanMap } from './attention.js';
import { findMatches, type Match, ofView, seeNeighbour } from './matches.js';
import { seeObjects } from './see-objects.js';
import { disposeTeacher, loadTeacher } from './teacher.js';
import { heatTile, type ViewTile, viewTile } from './tiles.js';
import { openViews } from './view-source.js';

/** The clusters of an image, found jointly in both of its views. */
export interface ClusterPicture {
  file: string;
  views: [ViewTile, ViewTile];
  /** Per cluster, whether it has patches in both views. */
  valid: boolean[];
}

export interface ObjectTile extends ViewTile {
  file: string;
  object: number;
}

export interface MatchPicture {
  query: ObjectTile;
  neighbour: ObjectTile;
  similarity: number;
  consistent: boolean;
  /** The step that stored the neighbour. */
  step: number;
  /** Cosine of the object drawn and the vector that the bank stores. */
  agreement: number;
}

export interface AttentionPicture {
  file: string;
  src: string;
  mean: string;
  heads: string[];
  /** The greatest weight in the mean map over the average one. */
  peak: number;
}

/** Pictures of what the teacher of the newest checkpoint sees in the batch of the next step. */
export interface Pictures {
  step: number;
  /** Images of the batch that were looked at, and its size. */
  images: number;
  batchSize: number;
  clusters: ClusterPicture[];
  matches: MatchPicture[];
  attention: AttentionPicture[];
}

const clusterExamples = 6;
const matchExamples = 6;
const attentionExamples = 4;
/** More images than this are not looked at: the teacher needs about as long as for a third of a step on each. */
const mostImages = 64;

/** Draws a run's pictures. @throws InputError of one sentence if something they need is gone */
export async function drawPictures(run: Run, backend = run.config.backend.name): Promise<Pictures> {
  const { checkpoint, info } = run;
  if (checkpoint === undefined) throw new InputError(`${run.folder} holds no checkpoint yet`);
  if (info === undefined) throw new InputError(`${run.folder} holds no run.json, which says where its images are`);
  const source = await openViews(info, checkpoint);
  try {
    await loadBackend({ ...run.config.backend, name: backend });
    const teacher = await loadTeacher(checkpoint);
    try {
      return await draw(teacher, source);
    } finally {
      disposeTeacher(teacher);
    }
  } finally {
    await source.close();
  }
}

async function draw(
  teacher: Awaited<ReturnType<typeof loadTeacher>>,
  source: Awaited<ReturnType<typeof openViews>>,
): Promise<Pictures> {
  const { config, step } = teacher.info;
  const { imageSize } = config.views;
  const { batchSize } = config.training;
  const { mean, std } = viewPolicy(config);
  const rows = Array.from({ length: Math.min(batchSize, mostImages) }, (_, row) => row);
  const loaded = await source.rows(step, rows);
  const names = loaded.files.map((file) => basename(file));
  const pixels = imageSize * imageSize * 3;
  const view = (row: number, which: 0 | 1) => {
    const start = (which * rows.length + row) * pixels;
    return loaded.views.subarray(start, start + pixels);
  };
  const tile = (normalised: Float32Array) => viewTile(normalised, imageSize, mean, std);

  const seen = seeObjects(teacher, step, rows, loaded);
  const labels = (await seen.labels.data()) as Int32Array;
  const valid = (await seen.valid.data()) as Uint8Array;
  const clusters = config.clustering.clusters;
  const labelsOf = (row: number, which: 0 | 1) =>
    ofView(labels.subarray((row * labels.length) / rows.length, ((row + 1) * labels.length) / rows.length), which);
  const tileOf = async (row: number, which: 0 | 1) => ({
    src: await tile(view(row, which)),
    labels: labelsOf(row, which),
  });

  const clusterPictures = rows.slice(0, clusterExamples).map(
    async (row): Promise<ClusterPicture> => ({
      file: names[row]!,
      views: [await tileOf(row, 0), await tileOf(row, 1)],
      valid: Array.from(valid.subarray(row * clusters, (row + 1) * clusters), Boolean),
    }),
  );

  const matches: MatchPicture[] = [];
  for (const match of chooseMatches(await findMatches(teacher, seen))) {
    const neighbour = await seeNeighbour(teacher, source, match);
    const { row, view: which, object } = match.query;
    matches.push({
      query: { file: names[row]!, object, ...(await tileOf(row, which)) },
      neighbour: {
        file: basename(neighbour.file),
        object: neighbour.object,
        src: await tile(neighbour.view),
        labels: neighbour.labels,
      },
      similarity: match.similarity,
      consistent: match.consistent,
      step: match.origin.step,
      agreement: neighbour.agreement,
    });
  }
  tf.dispose(seen);

  const shown = rows.slice(0, attentionExamples);
  const inputs = tf.tensor4d(loaded.views.slice(0, shown.length * pixels), [shown.length, imageSize, imageSize, 3]);
  const maps = await clsAttention(teacher, inputs);
  inputs.dispose();
  const attention = shown.map(
    async (row): Promise<AttentionPicture> => ({
      file: names[row]!,
      src: await tile(view(row, 0)),
      mean: await heatTile(meanMap(maps[row]!)),
      heads: await Promise.all(maps[row]!.map(heatTile)),
      peak: peakOf(meanMap(maps[row]!)),
    }),
  );
  return {
    step,
    images: rows.length,
    batchSize,
    clusters: await Promise.all(clusterPictures),
    matches,
    attention: await Promise.all(attention),
  };
}

const peakOf = (map: Float32Array) => (Math.max(...map) * map.length) / map.reduce((sum, weight) => sum + weight, 0);

/** Some matches of both kinds: of the first images that have one, the one of the greatest cosine. */
function chooseMatches(matches: Match[]): Match[] {
  return [true, false].flatMap((kind) => {
    const best = new Map<number, Match>();
    for (const match of matches) {
      if (match.consistent !== kind) continue;
      const known = best.get(match.query.row);
      if (known === undefined || match.similarity > known.similarity) best.set(match.query.row, match);
    }
    return [...best.values()].slice(0, matchExamples);
  });
}
