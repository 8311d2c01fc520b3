import { type Config, loadConfig } from '@cribo/trainer';
import type { Command } from 'commander';
import { collect } from '../../packages/trainer/src/commands/collect.js';
import { whole } from '../../packages/trainer/src/commands/number-flags.js';

export interface BackendFlags {
  backend: string;
  threads?: number;
}

/** Adds the flags that say what computes. */
export const withBackendFlags = (command: Command): Command =>
  command
    .option('--backend <name>', 'backend, see "cribo backends"', 'onnxruntime')
    .option('--threads <n>', 'CPU threads of the backend', whole);

/** Adds the flags of a bench that takes training steps. */
export const withStepFlags = (command: Command, { steps, warmup }: { steps: number; warmup: number }): Command =>
  command
    .option('--steps <n>', 'steps that count', whole, steps)
    .option('--warmup <n>', 'steps before them', whole, warmup)
    .option('--set <key=value>', 'any setting, for example model.arch=vit_tiny; repeatable', collect, []);

/** Settings from a preset, if there is one, then the bench's own ones, then the flags. */
export const configOf = (
  own: readonly string[],
  { backend, threads, set = [], preset }: BackendFlags & { set?: string[]; preset?: string },
): Promise<Config> =>
  loadConfig({
    preset,
    set: [...own, `backend.name=${backend}`, ...(threads === undefined ? [] : [`backend.threads=${threads}`]), ...set],
    origin: 'The settings of the measurement',
  });
