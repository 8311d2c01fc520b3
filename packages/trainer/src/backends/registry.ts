import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config } from '../config/schema.js';

export interface BackendEntry {
  /** What `cribo backends` says about it. */
  description: string;
  /** npm packages that must be installed besides this one. */
  packages: string[];
  /** Imports and registers the backend; returns the name under which TensorFlow.js knows it. */
  load(settings: Config['backend']): Promise<string>;
}

/** Every backend that can be named in `--backend`. Nothing is imported before it is asked for. */
export const backendRegistry: Record<string, BackendEntry> = {
  onnxruntime: onnxRuntime('the default: this CPU through ONNX Runtime, whole steps as one graph', 'cpu'),
  'onnxruntime-webgpu': onnxRuntime('a GPU through ONNX Runtime and WebGPU', 'webgpu'),
  'onnxruntime-cuda': onnxRuntime("an NVIDIA GPU through ONNX Runtime's CUDA provider", 'cuda'),
  tensorflow: {
    description: "this CPU through TensorFlow's C library",
    packages: ['@tensorflow/tfjs-node'],
    load: () => loadTfjsNode('@tensorflow/tfjs-node'),
  },
  'tensorflow-gpu': {
    description: "an NVIDIA GPU through TensorFlow's C library and CUDA",
    packages: ['@tensorflow/tfjs-node-gpu'],
    load: () => loadTfjsNode('@tensorflow/tfjs-node-gpu'),
  },
  webgpu: {
    description: 'a GPU through WebGPU (Dawn in Node)',
    packages: ['@tensorflow/tfjs-backend-webgpu', 'webgpu'],
    load: loadWebGpu,
  },
  wasm: {
    description: 'WebAssembly; portable, slow at training',
    packages: ['@tensorflow/tfjs-backend-wasm'],
    async load() {
      await importPackage('@tensorflow/tfjs-backend-wasm');
      return 'wasm';
    },
  },
  cpu: {
    description: 'plain JavaScript; for tests',
    packages: ['@tensorflow/tfjs-backend-cpu'],
    async load() {
      await importPackage('@tensorflow/tfjs-backend-cpu');
      return 'cpu';
    },
  },
};

/**
 * A module of the user's own: it registers a TensorFlow.js backend when imported and exports its name as default,
 * or exports a function as default that registers it and returns the name.
 */
export async function loadBackendModule(path: string): Promise<string> {
  const module: { default?: unknown } = await import(pathToFileURL(resolve(path)).href);
  const name = typeof module.default === 'function' ? await module.default() : module.default;
  if (typeof name !== 'string') {
    throw new Error(
      `${path} exports ${describe(name)} as default, expected the name of the TensorFlow.js backend it registers, or a function that returns it.`,
    );
  }
  return name;
}

const describe = (value: unknown) => (value === undefined ? 'nothing' : typeof value);

function onnxRuntime(description: string, provider: string): BackendEntry {
  return {
    description,
    packages: ['onnxruntime-node'],
    async load({ name, threads }) {
      await importPackage('onnxruntime-node');
      const { registerOnnxRuntimeBackend } = await import('@cribo/backend-onnxruntime');
      await registerOnnxRuntimeBackend({
        name,
        executionProviders: [provider],
        ...(threads === undefined ? {} : { threads }),
      });
      return name;
    },
  };
}

/** tfjs-node 4.22 calls type checks that Node 23 removed from `util` (tfjs issue 8609); they are defined before it loads. */
async function loadTfjsNode(packageName: string): Promise<string> {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  util.isString ??= (value: unknown) => typeof value === 'string';
  util.isNumber ??= (value: unknown) => typeof value === 'number';
  await importPackage(packageName);
  return 'tensorflow';
}

/** Node has no `navigator.gpu`; the `webgpu` package provides one. */
async function loadWebGpu(): Promise<string> {
  const { create, globals } = (await importPackage('webgpu')) as {
    create(flags: string[]): unknown;
    globals: object;
  };
  Object.assign(globalThis, globals);
  const navigator = (globalThis as { navigator?: object }).navigator ?? {};
  Object.defineProperty(navigator, 'gpu', { value: create([]), configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  await importPackage('@tensorflow/tfjs-backend-webgpu');
  return 'webgpu';
}

/** A dynamic import that bundlers and type checkers leave alone: these packages are optional. */
function importPackage(name: string): Promise<unknown> {
  return import(/* @vite-ignore */ name);
}
