import { type KernelFunc, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';
import { arithmeticKernels } from './arithmetic.js';
import { type Kernel, KernelCall, type KernelTable } from './call.js';
import { comparisonKernels } from './comparison.js';
import { convolutionKernels } from './convolution.js';
import { creationKernels } from './creation.js';
import { fusedHostKernels, fusedKernels } from './fused.js';
import { gatherKernels } from './gather.js';
import { halfKernels } from './half.js';
import { imageKernels } from './image.js';
import { matmulKernels } from './matmul.js';
import { normalizationKernels } from './normalization.js';
import { poolingKernels } from './pooling.js';
import { reductionKernels } from './reduction.js';
import { scanKernels } from './scan.js';
import { shapeKernels } from './shape.js';
import { slicingKernels } from './slicing.js';
import { unaryKernels } from './unary.js';

const tables: KernelTable[] = [
  arithmeticKernels,
  comparisonKernels,
  convolutionKernels,
  creationKernels,
  fusedKernels,
  gatherKernels,
  halfKernels,
  imageKernels,
  matmulKernels,
  normalizationKernels,
  poolingKernels,
  reductionKernels,
  scanKernels,
  shapeKernels,
  slicingKernels,
  unaryKernels,
];

/** Registers every kernel with tfjs-core under the given backend name; `onHost` says that graphs run on the CPU alone. */
export function registerKernels(backendName: string, onHost: boolean): void {
  for (const table of onHost ? [...tables, fusedHostKernels] : tables) {
    for (const [kernelName, kernel] of Object.entries(table)) {
      registerKernel({ kernelName, backendName, kernelFunc: kernelFunction(kernel) });
    }
  }
}

function kernelFunction(kernel: Kernel): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const start = performance.now();
    const ours = backend as OnnxRuntimeBackend;
    const result = kernel(new KernelCall(ours, inputs, attrs));
    const tensors = toTensors(ours, result);
    ours.kernelMs += performance.now() - start;
    return tensors;
  };
}

function toTensors(backend: OnnxRuntimeBackend, result: ReturnType<Kernel>): TensorInfo | TensorInfo[] {
  if (Array.isArray(result)) return result.map((value) => backend.tensorOf(value));
  return 'alias' in result ? result.alias : backend.tensorOf(result);
}
