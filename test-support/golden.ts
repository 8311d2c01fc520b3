import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fromHost, type HostTensor, readSafetensors } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { vulkanEnvironment } from './software-vulkan.js';

const root = resolve(import.meta.dirname, '..');
const goldenFolder = process.env.CRIBO_GOLDEN ?? resolve(root, '../shared/golden');
const dataFolder = process.env.CRIBO_DATA ?? resolve(root, '../shared/data');

/** One case of the golden vectors: inputs and outputs of the authors' code. */
export interface Golden {
  /** Hyper-parameters, margins and error estimates. */
  // biome-ignore lint/suspicious/noExplicitAny: every case has a shape of its own
  json: any;
  keys: string[];
  /** A tensor in host memory. */
  host(key: string): HostTensor;
  /** A tensor on the current backend; it belongs to the caller. */
  tensor(key: string): tf.Tensor;
}

/** The golden case `name`, or undefined where one of its files is missing. */
export function golden(name: string): Golden | undefined {
  const [values, notes] = goldenFiles(name);
  if (!existsSync(values) || !existsSync(notes)) return undefined;
  const { tensors } = readSafetensors(readFileSync(values));
  const host = (key: string) => {
    const found = tensors.get(key);
    if (found === undefined) throw new Error(`${values} has no tensor "${key}"`);
    return found;
  };
  return {
    json: JSON.parse(readFileSync(notes, 'utf8')),
    keys: [...tensors.keys()],
    host,
    tensor: (key) => fromHost(host(key)),
  };
}

/** A `describe` over a golden case; skipped, with the missing file in its title, where the case is not there. */
export function describeGolden(name: string, body: (golden: Golden) => void): void {
  const found = golden(name);
  if (found !== undefined) describe(`golden ${name}`, () => body(found));
  else describe.skip(`golden ${name}: ${goldenFiles(name)[0]} is missing`, () => it('is skipped', () => {}));
}

/** The folder of real photographs, or undefined where it is missing. */
export function realData(): string | undefined {
  return existsSync(dataFolder) ? dataFolder : undefined;
}

export type BackendName = 'cpu' | 'onnxruntime' | 'wasm' | 'webgpu';

/** Runs `body` as one `describe` per backend, with that backend selected. Backends that cannot run here are skipped. */
export function onBackends(names: readonly BackendName[], body: (name: BackendName) => void): void {
  for (const name of names) {
    const reason = unavailable(name);
    if (reason !== undefined) {
      describe.skip(`on ${name}: ${reason}`, () => it('is skipped', () => {}));
      continue;
    }
    describe(`on ${name}`, () => {
      let before: string;
      beforeAll(async () => {
        before = tf.getBackend();
        await useBackend(name);
      });
      afterAll(async () => {
        if (before) await tf.setBackend(before);
      });
      body(name);
    });
  }
}

/** Registers and selects a backend. @throws Error if it cannot be selected; TensorFlow.js would go on with the last one */
export async function useBackend(name: BackendName): Promise<void> {
  // tfjs advises its own Node backend on the console whenever another one runs in Node.
  tf.env().set('PROD', true);
  if (tf.engine().registryFactory[name] === undefined) await register[name]();
  if (!(await tf.setBackend(name))) throw new Error(`backend ${name} is registered but does not start`);
  await tf.ready();
}

const register: Record<BackendName, () => Promise<unknown>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  async onnxruntime() {
    const { registerOnnxRuntimeBackend } = await import('@cribo/backend-onnxruntime');
    await registerOnnxRuntimeBackend();
  },
  async webgpu() {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
    await import('@tensorflow/tfjs-backend-webgpu');
  },
};

function unavailable(name: BackendName): string | undefined {
  if (name !== 'webgpu' || hasWebGpuAdapter()) return undefined;
  return 'no WebGPU adapter (neither a GPU nor the software driver of Chromium)';
}

/** Asked in another process: titles of tests must be known at once, and only the start of a process reads library paths. */
function hasWebGpuAdapter(): boolean {
  const ask = `import { create, globals } from 'webgpu';
    Object.assign(globalThis, globals);
    process.exit((await create([]).requestAdapter()) ? 0 : 1);`;
  const env = { ...process.env, ...vulkanEnvironment };
  try {
    execFileSync(process.execPath, ['--input-type=module', '--eval', ask], { cwd: root, env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const goldenFiles = (name: string): [string, string] => [
  join(goldenFolder, `${name}.safetensors`),
  join(goldenFolder, `${name}.json`),
];
