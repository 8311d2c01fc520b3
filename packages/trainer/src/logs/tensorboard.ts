import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Pbf from 'pbf';
import { writeRecord } from './tfrecord.js';

const prefix = 'events.out.tfevents.';

/** `SessionLog.START` of event.proto: TensorBoard then drops what earlier files hold from this step on. */
const SESSION_START = 1;

/**
 * Appends scalars to a TensorBoard event file of its own, `events.out.tfevents.<unix seconds>.<host>.<pid>` in `folder`.
 * Every event is on disk when `write` returns; what the file system refuses (ENOSPC, EIO) is thrown.
 */
export class TensorBoardLog {
  readonly file: string;

  /**
   * @param folder made if it is missing; a run has one file per session
   * @param firstStep the first step of this session. Points at it and later, from a session that was killed after its
   *   last checkpoint, disappear from the charts.
   */
  constructor(folder: string, firstStep: number) {
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, `${prefix}${sessionSeconds(folder)}.${hostname()}.${process.pid}`);
    this.#append({ step: 0, fileVersion: 'brain.Event:2' });
    this.#append({ step: firstStep, sessionStatus: SESSION_START });
  }

  /** Adds one point to every chart named in `scalars`; a tag's part before the slash is its group. */
  write(step: number, scalars: Record<string, number>): void {
    this.#append({ step, scalars });
  }

  #append(event: Omit<TensorBoardEvent, 'seconds'>): void {
    const pbf = new Pbf();
    writeEvent({ seconds: Date.now() / 1000, ...event }, pbf);
    appendFileSync(this.file, writeRecord(pbf.finish()));
  }
}

/** The scalars of a row of `metrics.jsonl` under their TensorBoard tags. What a row lacks or holds as null is left out. */
export function tensorBoardScalars(row: Record<string, unknown>): Record<string, number> {
  const scalars: Record<string, number> = {};
  const add = (tag: string, value: unknown) => {
    if (typeof value === 'number') scalars[tag] = value;
  };
  for (const [key, tag] of Object.entries(tags)) add(tag, row[key]);
  if (typeof row.applied === 'boolean') add('gradient/applied', Number(row.applied));
  for (const [phase, ms] of Object.entries(row.phases ?? {})) add(`phases/${phase}_ms`, ms);
  return scalars;
}

const tags: Record<string, string> = {
  loss: 'loss/total',
  lossGlobal: 'loss/global',
  lossObject: 'loss/object',
  lossCrossImage: 'loss/cross_image',
  bootstrapRatio: 'objects/bootstrap_ratio',
  objectsPerImage: 'objects/per_image',
  objects: 'objects/in_batch',
  lr: 'schedule/lr',
  weightDecay: 'schedule/weight_decay',
  teacherMomentum: 'schedule/teacher_momentum',
  teacherTemp: 'schedule/teacher_temp',
  studentTemp: 'schedule/student_temp',
  posAlpha: 'schedule/pos_alpha',
  epoch: 'schedule/epoch',
  gradNorm: 'gradient/norm',
  dataMs: 'time/data_ms',
  stepMs: 'time/step_ms',
  imagesPerSecond: 'time/images_per_second',
  rssMiB: 'memory/rss_mib',
  tensors: 'memory/tensors',
  unreadable: 'data/unreadable',
};

/** The start of a session in unix seconds; TensorBoard reads files in the order of their names, so no two are equal. */
function sessionSeconds(folder: string): number {
  const earlier = readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number.parseInt(name.slice(prefix.length), 10));
  return Math.max(Math.floor(Date.now() / 1000), ...earlier.map((seconds) => seconds + 1));
}

interface TensorBoardEvent {
  /** Wall time. */
  seconds: number;
  step: number;
  fileVersion?: string;
  scalars?: Record<string, number>;
  sessionStatus?: number;
}

/** TensorFlow's `Event` message (event.proto), as far as scalars need it. */
function writeEvent({ seconds, step, fileVersion, scalars, sessionStatus }: TensorBoardEvent, pbf: Pbf): void {
  pbf.writeDoubleField(1, seconds);
  pbf.writeVarintField(2, step);
  if (fileVersion !== undefined) pbf.writeStringField(3, fileVersion);
  if (scalars !== undefined) pbf.writeMessage(5, writeSummary, scalars);
  if (sessionStatus !== undefined)
    pbf.writeMessage(7, (status, message) => message.writeVarintField(1, status), sessionStatus);
}

function writeSummary(scalars: Record<string, number>, pbf: Pbf): void {
  for (const scalar of Object.entries(scalars)) pbf.writeMessage(1, writeScalar, scalar);
}

function writeScalar([tag, value]: [string, number], pbf: Pbf): void {
  pbf.writeStringField(1, tag);
  pbf.writeFloatField(2, value);
}
