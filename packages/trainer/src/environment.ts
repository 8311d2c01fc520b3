import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { basename, dirname, join } from 'node:path';
import { version_core } from '@tensorflow/tfjs-core';
import { version } from './version.js';

/** Versions of the software that decides a run's numbers; packages that are not installed are left out. */
export function softwareVersions(): Record<string, string> {
  const installed = ['@cribo/eval-seg', 'onnxruntime-node', 'sharp'].flatMap((name) => {
    const found = installedVersion(name);
    return found === undefined ? [] : [[name, found]];
  });
  return {
    cribo: version,
    node: process.version,
    '@tensorflow/tfjs-core': version_core,
    ...Object.fromEntries(installed),
  };
}

/** From the package's own folder, since not every package exports its package.json. */
function installedVersion(name: string): string | undefined {
  let folder = folderOf(`${name}/package.json`) ?? folderOf(name);
  if (folder === undefined) return undefined;
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    const found = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    if (found.name === name) return found.version;
  }
  return undefined;
}

function folderOf(request: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(request));
  } catch {
    return undefined;
  }
}

/** The machine this process runs on. */
export function machine(): { cpu: string; cores: number; memoryGiB: number; os: string } {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.release()}`,
  };
}

/** This process's command as it was typed: `cribo …`, or the script that called the trainer. */
export function commandLine(): string[] {
  const [, script = '', ...args] = process.argv;
  return [/^(cribo|cli)(\.[jt]s)?$/.test(basename(script)) ? 'cribo' : script, ...args];
}
