import { registerBackend } from '@tensorflow/tfjs-core';
import { OnnxRuntimeBackend } from './backend.js';
import { registerKernels } from './kernels/register.js';
import { loadOnnxRuntimeDevice } from './native/device.js';
import { loadOnnxRuntimeNative } from './native/ort-native.js';
import { loadOnnxRuntimeNode, type OrtModule } from './ort.js';

/**
 * Measured on a ViT-S/16 training step (3400 operators): higher optimisation levels compile longer and run no faster;
 * memory patterns double the memory without saving time; threads that spin between operators cost up to three times the
 * time as soon as the machine has anything else to do.
 */
const SESSION_OPTIONS = {
  graphOptimizationLevel: 'basic',
  enableMemPattern: false,
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

/** Compiled graphs kept, where each holds host memory of its own, and where they do not. */
const MOST_GRAPHS = 8;
const MOST_SEGMENTS = 256;

/** Options of {@link registerOnnxRuntimeBackend}. */
export interface OnnxRuntimeOptions {
  /** Name under which TensorFlow.js knows the backend; default 'onnxruntime'. Several can coexist. */
  name?: string;
  /**
   * `onnxruntime-node` or `onnxruntime-web`. By default the library that `onnxruntime-node` brings, called directly; or that
   * package, for other execution providers than `cpu`, `webgpu` and `cuda` and where `koffi` does not run.
   */
  ort?: OrtModule;
  /** ONNX Runtime execution providers in order of preference, e.g. ['webgpu'] or ['cuda']; default ['cpu']. */
  executionProviders?: string[];
  /** Threads that one operator may use; default: ONNX Runtime's choice (the number of physical cores). */
  threads?: number;
  /** Compiled graphs kept; default 256, or 8 where each holds memory for its intermediate results (with `ort`). */
  maxSessions?: number;
}

/**
 * Registers a TensorFlow.js backend that captures ops lazily and runs them as ONNX graphs. Does not activate it: call
 * `tf.setBackend(name)`.
 *
 * @returns the backend, whose `stats()` tells what was compiled and run.
 * @throws Error when the name is taken, or when no ONNX Runtime was injected and `onnxruntime-node` is not installed.
 */
export async function registerOnnxRuntimeBackend(options: OnnxRuntimeOptions = {}): Promise<OnnxRuntimeBackend> {
  const { name = 'onnxruntime', executionProviders = ['cpu'], threads } = options;
  const ort = options.ort ?? (await loadLibrary(executionProviders)) ?? (await loadOnnxRuntimeNode());
  const backend = new OnnxRuntimeBackend(ort, {
    maxSessions: options.maxSessions ?? (ort.sharesMemory || ort.device ? MOST_SEGMENTS : MOST_GRAPHS),
    inSegments: ort.sharesMemory === true,
    onWebGpu: executionProviders.includes('webgpu'),
    sessionOptions: { ...SESSION_OPTIONS, executionProviders, ...(threads && { intraOpNumThreads: threads }) },
  });
  if (!registerBackend(name, () => backend)) {
    throw new Error(`A TensorFlow.js backend named '${name}' is already registered.`);
  }
  registerKernels(name, ort.sharesMemory === true);
  return backend;
}

/** The library called directly, where there is a way for these providers. */
function loadLibrary(providers: readonly string[]): Promise<OrtModule | undefined> {
  const [first, ...others] = providers.filter((provider) => provider !== 'cpu');
  if (first === undefined) return loadOnnxRuntimeNative();
  return others.length === 0 ? loadOnnxRuntimeDevice(first) : Promise.resolve(undefined);
}
