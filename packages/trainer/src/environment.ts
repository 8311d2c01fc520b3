import { createRequire } from 'node:module';
import os from 'node:os';
import { version_core } from '@tensorflow/tfjs-core';
import { version } from './version.js';

/** Versions of the software that decides a run's numbers; packages that are not installed are left out. */
export function softwareVersions(): Record<string, string> {
  const installed = ['onnxruntime-node', 'sharp'].flatMap((name) => {
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

function installedVersion(name: string): string | undefined {
  try {
    return createRequire(import.meta.url)(`${name}/package.json`).version;
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
