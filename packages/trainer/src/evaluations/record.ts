import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Weights } from '../checkpoint/load.js';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { commandLine, machine, softwareVersions } from '../environment.js';
import { fromInput } from '../errors.js';

/** What was evaluated and how: the part of a result that does not come from the evaluation itself. */
export interface EvaluationRecord {
  /** Such as `dense-nn`. */
  readonly protocol: string;
  /** Checkpoint folder. */
  readonly checkpoint: string;
  /** Optimisation steps behind the weights; 0 for `random`. */
  readonly step: number;
  readonly weights: Weights;
  /** What it takes to repeat the evaluation. */
  readonly reproduce: {
    readonly command: readonly string[];
    /** The working directory that relative paths start from. */
    readonly directory: string;
    /** Every option that decides the numbers, those left at their defaults included. */
    readonly settings: Readonly<Record<string, unknown>>;
    /** The data sets as they were found. */
    readonly data: readonly { readonly name: string; readonly images: number }[];
    /** SHA-256 of the file of the weights; for `random` of what they are drawn from. */
    readonly weightsSha256: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly machine: ReturnType<typeof machine>;
    /** ISO 8601. */
    readonly date: string;
  };
}

/** One of the numbers that a table in the paper would show, a share of 1. */
export interface Figure {
  /** Such as `mIoU 1/8`. */
  readonly name: string;
  /** `null` where it is not defined, such as a mean over no class. */
  readonly value: number | null;
  /** Over several draws, where there are several. */
  readonly std?: number | null;
}

/** The outcome of an evaluation: its record, the numbers of its protocol, and the ones among them that count. */
export type EvaluationResult<Numbers extends object = Record<string, unknown>> = EvaluationRecord & {
  readonly headline: readonly Figure[];
} & Numbers;

/** A figure in percent for people, such as `10.40 ± 0.12`. */
export const percentOf = ({ value, std }: Omit<Figure, 'name'>): string =>
  value === null ? '–' : `${(100 * value).toFixed(2)}${typeof std === 'number' ? ` ± ${(100 * std).toFixed(2)}` : ''}`;

/** The record of an evaluation that happens now. */
export function recordOf(
  about: Pick<EvaluationRecord, 'protocol' | 'checkpoint' | 'step' | 'weights'>,
  decides: Pick<EvaluationRecord['reproduce'], 'settings' | 'data' | 'weightsSha256'>,
): EvaluationRecord {
  return {
    ...about,
    reproduce: {
      command: commandLine(),
      directory: process.cwd(),
      ...decides,
      versions: softwareVersions(),
      machine: machine(),
      date: new Date().toISOString(),
    },
  };
}

/** Two evaluations with the same key give the same numbers, up to the rounding of the machine. */
export function evaluationKey({ protocol, weights, reproduce }: EvaluationRecord): string {
  const { settings, data, weightsSha256, versions } = reproduce;
  const code = [versions.cribo, versions['@cribo/eval-seg']];
  return sha256(JSON.stringify({ protocol, weights, settings, data, weightsSha256, code }));
}

/** What is evaluated, as a digest. @throws InputError if the file of the weights cannot be read */
export async function digestOfWeights(
  folder: string,
  info: Pick<CheckpointInfo, 'network' | 'config'>,
  weights: Weights,
): Promise<string> {
  if (weights === 'random') return sha256(JSON.stringify({ network: info.network, seed: info.config.seed }));
  const hash = createHash('sha256');
  await fromInput(() => pipeline(createReadStream(join(folder, `${weights}.safetensors`)), hash));
  return hash.digest('hex');
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
