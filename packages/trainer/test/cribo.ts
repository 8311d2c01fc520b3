import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the `cribo` command ends. */
export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const command = (args: string[]) => [
  '--conditions=@cribo/source',
  '--import',
  'tsx',
  join(import.meta.dirname, '../src/cli.ts'),
  ...args,
];

/** A new empty folder for files of a test. */
export const scratch = () => mkdtempSync(join(tmpdir(), 'cribo-test-'));

/** Runs the command from source. */
export function cribo(...args: string[]): Ended {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, command(args), { encoding: 'utf8' });
  return { status, signal, stdout, stderr };
}

/** The command as a process of its own, to be stopped or killed while it runs. */
export function startCribo(...args: string[]): { kill(signal: NodeJS.Signals): void; ended: Promise<Ended> } {
  const child = spawn(process.execPath, command(args), { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const parts: string[] = [];
    stream.setEncoding('utf8').on('data', (part: string) => parts.push(part));
    return parts;
  });
  const ended = once(child, 'close').then(([status, signal]) => ({
    status,
    signal,
    stdout: stdout!.join(''),
    stderr: stderr!.join(''),
  }));
  return { kill: (signal) => void child.kill(signal), ended };
}

/** Waits until `file` is longer than `size` bytes; at most a minute. */
export async function grown(file: string, size = 0): Promise<void> {
  const until = Date.now() + 60_000;
  while (!(existsSync(file) && statSync(file).size > size)) {
    if (Date.now() > until) throw new Error(`${file} has not grown beyond ${size} bytes within a minute`);
    await sleep(5);
  }
}
