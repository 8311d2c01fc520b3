import { registerBackend } from '@tensorflow/tfjs-core';
import { OnnxRuntimeBackend } from './backend.js';
import { registerKernels } from './kernels/register.js';
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

/** Options of {@link registerOnnxRuntimeBackend}. */
export interface OnnxRuntimeOptions {
  /** Name under which TensorFlow.js knows the backend; default 'onnxruntime'. Several can coexist. */
  name?: string;
  /** `onnxruntime-node` or `onnxruntime-web`; default: `onnxruntime-node`, imported at run time. */
  ort?: OrtModule;
  /** ONNX Runtime execution providers in order of preference, e.g. ['webgpu'] or ['cuda']; default ['cpu']. */
  executionProviders?: string[];
  /** Threads that one operator may use; default: ONNX Runtime's choice (the number of physical cores). */
  threads?: number;
  /** Compiled graphs kept; default 8. Each holds memory for its intermediate results. */
  maxSessions?: number;
}

/**
 * Registers a TensorFlow.js backend that captures ops lazily and runs them as one ONNX graph. Does not activate it: call
 * `tf.setBackend(name)`.
 *
 * @returns the backend, whose `stats()` tells what was compiled and run.
 * @throws Error when the name is taken, or when no ONNX Runtime was injected and `onnxruntime-node` is not installed.
 */
export async function registerOnnxRuntimeBackend(options: OnnxRuntimeOptions = {}): Promise<OnnxRuntimeBackend> {
  const { name = 'onnxruntime', executionProviders = ['cpu'], threads, maxSessions = 8 } = options;
  const ort = options.ort ?? (await loadOnnxRuntimeNode());
  const backend = new OnnxRuntimeBackend(ort, {
    maxSessions,
    sessionOptions: { ...SESSION_OPTIONS, executionProviders, ...(threads && { intraOpNumThreads: threads }) },
  });
  if (!registerBackend(name, () => backend)) {
    throw new Error(`A TensorFlow.js backend named '${name}' is already registered.`);
  }
  registerKernels(name);
  return backend;
}
