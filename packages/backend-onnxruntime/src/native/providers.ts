import type { Address, CApi } from './c-api.js';
import { made } from './library.js';

/** An execution provider that computes in memory of its own. */
export interface Provider {
  /** ONNX Runtime's name of that memory. */
  readonly memory: string;
  append(api: CApi, options: Address): void;
}

/** Products in float32 as on every other provider; no trial of all convolution algorithms for every new shape. */
const CUDA_OPTIONS = { use_tf32: '0', cudnn_conv_algo_search: 'HEURISTIC', arena_extend_strategy: 'kSameAsRequested' };

/** By their names in the options of the backend. */
export const providers: Record<string, Provider> = {
  webgpu: {
    memory: 'WebGPU_Buf',
    append: (api, options) => api.appendProvider(options, 'WebGPU', [], [], 0),
  },
  cuda: {
    memory: 'Cuda',
    append(api, options) {
      const cuda = made((out) => api.createCudaOptions(out));
      try {
        const [keys, values] = [Object.keys(CUDA_OPTIONS), Object.values(CUDA_OPTIONS)];
        api.updateCudaOptions(cuda, keys, values, keys.length);
        api.appendCuda(options, cuda);
      } finally {
        api.releaseCudaOptions(cuda);
      }
    },
  },
};
