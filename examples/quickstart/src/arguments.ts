import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Arguments {
  /** Optimisation steps; absent, as many as the preset says. */
  steps: number | undefined;
  /** Scenes to pretrain on. One eighth as many are drawn with labels to retrieve from, and as many again to segment. */
  scenes: number;
  /** Folder of what is written and of the runs; those of last time are replaced. */
  out: string;
  /** Folder of the drawn scenes, kept for the next run. */
  cache: string;
  json: boolean;
}

const cache = fileURLToPath(new URL('../../../node_modules/.cache/cribo-quickstart', import.meta.url));

/** Reads the command line; wrong arguments end the process with a sentence and exit code 2. */
export function readArguments(command: 'quickstart' | 'ablation'): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        steps: { type: 'string' },
        scenes: { type: 'string', default: '800' },
        out: { type: 'string', default: cache },
        json: { type: 'boolean', default: false },
      },
    });
    return {
      steps: values.steps === undefined ? undefined : wholeNumber('--steps', values.steps, 1),
      scenes: wholeNumber('--scenes', values.scenes, 64),
      out: resolve(values.out),
      cache,
      json: values.json,
    };
  } catch (error) {
    console.error(
      `${(error as Error).message}\nUsage: pnpm ${command} [--steps <n>] [--scenes <n>] [--out <folder>] [--json]`,
    );
    process.exit(2);
  }
}

function wholeNumber(flag: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`${flag} is "${text}", expected a whole number of at least ${least}.`);
}
