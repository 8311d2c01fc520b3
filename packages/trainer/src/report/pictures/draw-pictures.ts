import { loadBackend } from '../../backends/load.js';
import type { ImageSource } from '../../data/index.js';
import { InputError } from '../../errors.js';
import type { Run } from '../read-run.js';
import { type AttentionPicture, attentionPictures } from './attention-pictures.js';
import { type ClusterPicture, clusterPictures } from './cluster-pictures.js';
import { disposeLookedAt, lookAtNextBatch } from './looked-at.js';
import { type MatchPicture, matchPictures } from './match-pictures.js';
import { disposeTeacher, loadTeacher, type Teacher } from './teacher.js';
import { openViews, type ViewSource } from './view-source.js';

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

/** More images than this are not looked at; each costs about a third of what a training step spends on it. */
const mostImages = 64;

/** Draws a run's pictures. @throws InputError of one sentence if something they need is gone */
export async function drawPictures(
  run: Run,
  { backend = run.config.backend.name, images }: { backend?: string; images?: ImageSource },
): Promise<Pictures> {
  const { checkpoint, info } = run;
  if (checkpoint === undefined) throw new InputError(`${run.folder} holds no checkpoint yet`);
  if (info === undefined) throw new InputError(`${run.folder} holds no run.json, which says where its images are`);
  const source = await openViews(info, checkpoint, images);
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

async function draw(teacher: Teacher, source: ViewSource): Promise<Pictures> {
  const { batchSize } = teacher.info.config.training;
  const images = Math.min(batchSize, mostImages);
  const looked = await lookAtNextBatch(teacher, source, images);
  try {
    return {
      step: looked.step,
      images,
      batchSize,
      clusters: await clusterPictures(looked),
      matches: await matchPictures(teacher, source, looked),
      attention: await attentionPictures(teacher, looked),
    };
  } finally {
    disposeLookedAt(looked);
  }
}
