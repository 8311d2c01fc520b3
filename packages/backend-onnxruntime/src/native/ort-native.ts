import { elementType } from '../onnx.js';
import type { OrtData, OrtModule, OrtSession, OrtTensor, OrtType } from '../ort.js';
import { type Address, type CApi, openCApi } from './c-api.js';
import { findLibrary } from './find-library.js';

/** What of `onnxruntime-node`'s session options is left to choose. */
interface SessionOptions {
  readonly intraOpNumThreads?: number;
}

const BASIC_OPTIMIZATIONS = 1;
const ERRORS_ONLY = 3;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;
/**
 * Threads stay awake this long (in microseconds) for the next operator: waking them takes as long as a small operator does.
 * Longer would slow down everything else on the machine, and libraries before 1.30 know no limit.
 */
const SPIN = '1000';
/** Grow by what is asked for rather than to the next power of two. */
const AS_REQUESTED = 1;
const DEFAULT = -1;

/** Stack of a running session: the buffers that matrix products keep there take half of koffi's usual 128 KiB. */
const STACK_BYTES = 2 ** 20;

let opened: Promise<OrtModule | undefined> | undefined;

/**
 * The library of `onnxruntime-node`, called directly instead of through that package: its binding copies every result into
 * a new array, while a training step passes gigabytes between sessions. Here results are written where they are wanted,
 * all sessions share one arena for what is in between, and JavaScript goes on while a session runs. Undefined where
 * `koffi` or the library is missing, or `koffi` was set up by somebody else.
 */
export function loadOnnxRuntimeNative(): Promise<OrtModule | undefined> {
  opened ??= open();
  return opened;
}

async function open(): Promise<OrtModule | undefined> {
  try {
    const name = 'koffi';
    const { default: koffi } = (await import(/* @vite-ignore */ name)) as { default: typeof import('koffi').default };
    // Refused once another library has been opened with koffi; `onnxruntime-node` serves then.
    if (koffi.config().async_stack_size! < STACK_BYTES) koffi.config({ async_stack_size: STACK_BYTES });
    const library = await findLibrary();
    return library === undefined ? undefined : nativeModule(openCApi(koffi, library));
  } catch {
    return undefined;
  }
}

function nativeModule(api: CApi): OrtModule {
  const [, minor] = api.version.split('.').map(Number) as [number, number];
  const spinning = minor >= 30 ? { allow_spinning: '1', spin_duration_us: SPIN } : { allow_spinning: '0' };
  const env = made((out) => api.createEnv(ERRORS_ONLY, 'cribo', out));
  api.disableTelemetry(env);
  const memory = made((out) => api.createCpuMemoryInfo(ARENA_ALLOCATOR, DEFAULT_MEMORY, out));
  const arena = made((out) => api.createArenaConfig(0, AS_REQUESTED, DEFAULT, DEFAULT, out));
  api.registerAllocator(env, memory, arena);

  class Tensor implements OrtTensor {
    constructor(
      readonly type: OrtType,
      readonly data: OrtData,
      readonly dims: readonly number[],
    ) {}

    /** A handle on the data for one run. */
    handle(): Address {
      const dims = BigInt64Array.from(this.dims, BigInt);
      const { data } = this;
      return made((out) =>
        api.createTensor(memory, data, data.byteLength, dims, dims.length, elementType(this.type), out),
      );
    }
  }

  const handles = (names: string[], tensors: Record<string, OrtTensor>) =>
    BigUint64Array.from(names, (name) => (tensors[name] as Tensor).handle());

  class Session implements OrtSession {
    readonly #session: Address;
    /** Resolves when nothing runs any more. */
    #idle: Promise<unknown> = Promise.resolve();

    constructor(session: Address) {
      this.#session = session;
    }

    async run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor>) {
      const [inputNames, outputNames] = [Object.keys(feeds), Object.keys(fetches)];
      const [inputs, outputs] = [handles(inputNames, feeds), handles(outputNames, fetches)];
      try {
        const run = api.run(this.#session, inputNames, inputs, outputNames, outputs);
        this.#idle = run.catch(() => {});
        await run;
      } finally {
        for (const value of inputs) api.releaseValue(value);
        for (const value of outputs) api.releaseValue(value);
      }
      return fetches;
    }

    async release() {
      await this.#idle;
      api.releaseSession(this.#session);
    }
  }

  return {
    sharesMemory: true,
    Tensor,
    InferenceSession: {
      async create(model: Uint8Array, { intraOpNumThreads }: SessionOptions = {}) {
        const options = made((out) => api.createSessionOptions(out));
        try {
          api.disableMemoryPattern(options);
          api.setLogSeverity(options, ERRORS_ONLY);
          api.setOptimizationLevel(options, BASIC_OPTIMIZATIONS);
          if (intraOpNumThreads !== undefined) api.setThreads(options, intraOpNumThreads);
          api.addConfigEntry(options, 'session.use_env_allocators', '1');
          for (const [key, value] of Object.entries(spinning))
            api.addConfigEntry(options, `session.intra_op.${key}`, value);
          return new Session(made((out) => api.createSession(env, model, model.byteLength, options, out)));
        } finally {
          api.releaseSessionOptions(options);
        }
      },
    },
  };
}

/** What a function of the C API writes to its last argument. */
function made(create: (out: Address[]) => void): Address {
  const out: Address[] = [0n];
  create(out);
  return out[0]!;
}
