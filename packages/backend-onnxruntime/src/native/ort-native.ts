import type { OrtModule, OrtSession, OrtTensor } from '../ort.js';
import type { Address } from './c-api.js';
import { compile, type HostTensor, hostTensors, type Library, openLibrary, type SessionOptions } from './library.js';

/**
 * Threads stay awake this long (in microseconds) for the next operator: waking them takes as long as a small operator does.
 * Longer would slow down everything else on the machine, and libraries before 1.30 know no limit.
 */
const SPIN = '1000';

let hostModule: OrtModule | undefined;

/**
 * The library of `onnxruntime-node`, called directly instead of through that package: its binding copies every result into
 * a new array, while a training step passes gigabytes between sessions. Here results are written where they are wanted,
 * all sessions share one arena for what is in between, and JavaScript goes on while a session runs. Undefined where
 * {@link openLibrary} finds none.
 */
export async function loadOnnxRuntimeNative(): Promise<OrtModule | undefined> {
  const library = await openLibrary();
  if (library) hostModule ??= moduleOf(library);
  return hostModule;
}

function moduleOf(library: Library): OrtModule {
  const { api } = library;
  const Tensor = hostTensors(library);
  const [, minor] = api.version.split('.').map(Number) as [number, number];
  const spinning = minor >= 30 ? { allow_spinning: '1', spin_duration_us: SPIN } : { allow_spinning: '0' };

  const handles = (names: string[], tensors: Record<string, OrtTensor | null>) =>
    BigUint64Array.from(names, (name) => (tensors[name] as HostTensor).handle());

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
      async create(model: Uint8Array, chosen: SessionOptions = {}) {
        const session = compile(library, model, chosen, (options) => {
          for (const [key, value] of Object.entries(spinning))
            api.addConfigEntry(options, `session.intra_op.${key}`, value);
        });
        return new Session(session);
      },
    },
  };
}
