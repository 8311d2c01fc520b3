import { elementType } from '../onnx.js';
import type { OrtData, OrtTensor, OrtType } from '../ort.js';
import { type Address, type CApi, openCApi } from './c-api.js';
import { findLibrary } from './find-library.js';

const BASIC_OPTIMIZATIONS = 1;
const ERRORS_ONLY = 3;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;
/** Grow by what is asked for rather than to the next power of two. */
const AS_REQUESTED = 1;
const DEFAULT = -1;

/** Stack of a running session: the buffers that matrix products keep there take half of koffi's usual 128 KiB. */
const STACK_BYTES = 2 ** 20;

/** The opened library with what all sessions of this process share. */
export interface Library {
  readonly api: CApi;
  readonly env: Address;
  /** Says that an array is in host memory. */
  readonly hostMemory: Address;
}

let opened: Promise<Library | undefined> | undefined;

/** The library of `onnxruntime-node`; undefined where `koffi` or the library is missing, or `koffi` was set up by somebody else. */
export function openLibrary(): Promise<Library | undefined> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Library | undefined> {
  try {
    const name = 'koffi';
    const { default: koffi } = (await import(/* @vite-ignore */ name)) as { default: typeof import('koffi').default };
    // Refused once another library has been opened with koffi; `onnxruntime-node` serves then.
    if (koffi.config().async_stack_size! < STACK_BYTES) koffi.config({ async_stack_size: STACK_BYTES });
    const path = await findLibrary();
    return path === undefined ? undefined : withEnvironment(openCApi(koffi, path));
  } catch {
    return undefined;
  }
}

/** Intermediate results in host memory come from one arena for all sessions. */
function withEnvironment(api: CApi): Library {
  const env = made((out) => api.createEnv(ERRORS_ONLY, 'cribo', out));
  api.disableTelemetry(env);
  const hostMemory = made((out) => api.createCpuMemoryInfo(ARENA_ALLOCATOR, DEFAULT_MEMORY, out));
  const arena = made((out) => api.createArenaConfig(0, AS_REQUESTED, DEFAULT, DEFAULT, out));
  api.registerAllocator(env, hostMemory, arena);
  return { api, env, hostMemory };
}

/** What of `onnxruntime-node`'s session options is left to choose. */
export interface SessionOptions {
  readonly intraOpNumThreads?: number;
}

/** Compiles a model with what all sessions have in common, what was chosen, and what `configure` adds. */
export function compile(
  { api, env }: Library,
  model: Uint8Array,
  { intraOpNumThreads }: SessionOptions,
  configure: (options: Address) => void,
): Address {
  const options = made((out) => api.createSessionOptions(out));
  try {
    api.disableMemoryPattern(options);
    api.setLogSeverity(options, ERRORS_ONLY);
    api.setOptimizationLevel(options, BASIC_OPTIMIZATIONS);
    api.addConfigEntry(options, 'session.use_env_allocators', '1');
    if (intraOpNumThreads !== undefined) api.setThreads(options, intraOpNumThreads);
    configure(options);
    return made((out) => api.createSession(env, model, model.byteLength, options, out));
  } finally {
    api.releaseSessionOptions(options);
  }
}

/** The class of arrays in host memory. */
export function hostTensors({ api, hostMemory }: Library) {
  return class HostTensor implements OrtTensor {
    constructor(
      readonly type: OrtType,
      readonly data: OrtData,
      readonly dims: readonly number[],
    ) {}

    /** A handle on the data for one run, to be released after it. */
    handle(): Address {
      const dims = BigInt64Array.from(this.dims, BigInt);
      const { data } = this;
      return made((out) =>
        api.createTensor(hostMemory, data, data.byteLength, dims, dims.length, elementType(this.type), out),
      );
    }
  };
}

export type HostTensor = InstanceType<ReturnType<typeof hostTensors>>;

/** What a function of the C API writes to its last argument. */
export function made(create: (out: Address[]) => void): Address {
  const out: Address[] = [0n];
  create(out);
  return out[0]!;
}
