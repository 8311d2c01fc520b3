import { basename, resolve } from 'node:path';
import { runOf } from '../checkpoint/folder.js';
import type { EvaluationResult, Figure } from './record.js';

/** Evaluations that differ in nothing but the network: their numbers may be compared. */
export interface ComparedEvaluation {
  readonly protocol: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly data: EvaluationResult['reproduce']['data'];
  /** Names of its figures, one column each. */
  readonly columns: readonly string[];
}

/** A network and its figures, column by column; `null` where it was not evaluated that way. */
export interface ComparedNetwork {
  readonly run: string;
  readonly step: number;
  readonly weights: string;
  readonly figures: readonly (readonly (Figure | null)[])[];
}

export interface Comparison {
  readonly evaluations: readonly ComparedEvaluation[];
  readonly networks: readonly ComparedNetwork[];
}

/**
 * Puts results into one table: a row for every network, columns for every way of evaluating. Of results that are alike the last
 * one counts.
 */
export function compare(results: readonly EvaluationResult[]): Comparison {
  const evaluations = new Map<string, ComparedEvaluation>();
  const networks = new Map<
    string,
    { run: string; step: number; weights: string; results: Map<string, EvaluationResult> }
  >();
  for (const result of results) {
    const { protocol, step, weights, headline, reproduce } = result;
    const { settings, data, directory } = reproduce;
    const checkpoint = resolve(directory, result.checkpoint);
    const way = JSON.stringify({ protocol, settings, data });
    evaluations.set(way, { protocol, settings, data, columns: headline.map(({ name }) => name) });
    const run = runName(checkpoint);
    const key = JSON.stringify([checkpoint, weights]);
    const network = networks.get(key) ?? { run, step, weights, results: new Map() };
    network.results.set(way, result);
    networks.set(key, network);
  }
  return {
    evaluations: [...evaluations.values()],
    networks: [...networks.values()].map(({ results, ...network }) => ({
      ...network,
      figures: [...evaluations].map(([way, { columns }]) => {
        const headline = results.get(way)?.headline;
        return columns.map((name) => headline?.find((figure) => figure.name === name) ?? null);
      }),
    })),
  };
}

/** The name of the run folder that a checkpoint lies in, else that of the checkpoint. */
export const runName = (checkpoint: string): string => basename(runOf(checkpoint) ?? checkpoint);

/** What an evaluation was made with in a phrase: its data, and the settings by which it differs from others of its protocol. */
export function describeEvaluation(evaluation: ComparedEvaluation, all: readonly ComparedEvaluation[]): string {
  const { protocol, settings, data } = evaluation;
  const alike = all.filter((other) => other.protocol === protocol);
  const differing = Object.entries(settings).filter(([name, value]) =>
    alike.some((other) => JSON.stringify(other.settings[name]) !== JSON.stringify(value)),
  );
  const sets = data.map(({ name, images }) => `${name} (${images} images)`).join(', ');
  return [sets, ...differing.map(([name, value]) => `${name} ${JSON.stringify(value)}`)].join(', ');
}
