import { GraphNode } from '../graph.js';
import { writeModel } from '../onnx.js';
import type { DeviceArray, DeviceResult, OrtData, OrtModule, OrtSession, OrtTensor, OrtType } from '../ort.js';
import { bytesPerElement, sizeOf, Value } from '../value.js';
import type { Address } from './c-api.js';
import {
  compile,
  type HostTensor,
  hostTensors,
  type Library,
  made,
  openLibrary,
  type SessionOptions,
} from './library.js';
import { type Provider, providers } from './providers.js';
import { Turns } from './turns.js';

const DEVICE_ALLOCATOR = 0;
const FIRST_DEVICE = 0;
const DEFAULT_MEMORY = 0;

/**
 * The library of `onnxruntime-node`, called directly, for a provider with memory of its own: what a run leaves on the device
 * stays there until it is read or released, while the package's binding copies all inputs there and all results back at
 * every run. Undefined for other providers and where {@link openLibrary} finds no library.
 *
 * The sessions of a provider share one device and may not use it at the same time; whatever touches it takes turns.
 */
export async function loadOnnxRuntimeDevice(provider: string): Promise<OrtModule | undefined> {
  const known = providers[provider];
  const library = known && (await openLibrary());
  return library && deviceModule(library, known);
}

function deviceModule(library: Library, provider: Provider): OrtModule {
  const { api } = library;
  const Tensor = hostTensors(library);
  const memory = made((out) =>
    api.createMemoryInfo(provider.memory, DEVICE_ALLOCATOR, FIRST_DEVICE, DEFAULT_MEMORY, out),
  );
  const turns = new Turns();
  const arrays = new Set<Kept>();
  const copying = new Map<OrtType, Promise<Session>>();

  class Kept implements DeviceArray {
    readonly data = undefined;
    readonly type: OrtType;
    readonly dims: readonly number[];
    readonly bytes: number;

    constructor(
      readonly value: Address,
      { type, dims }: DeviceResult,
    ) {
      this.type = type;
      this.dims = dims;
      this.bytes = sizeOf(dims) * bytesPerElement(type);
      arrays.add(this);
    }

    async read(into: OrtData): Promise<void> {
      const session = await copier(this.type);
      await session.run({ v0: this }, { v1: new Tensor(this.type, into, this.dims) });
    }

    release(): void {
      if (arrays.delete(this)) turns.between(() => api.releaseValue(this.value));
    }
  }

  class Session implements OrtSession {
    constructor(readonly session: Address) {}

    run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor | DeviceResult>) {
      return turns.take(async () => {
        const passing: Address[] = [];
        const handle = (tensor: OrtTensor) => {
          if (tensor instanceof Kept) return tensor.value;
          passing.push((tensor as HostTensor).handle());
          return passing.at(-1)!;
        };
        const binding = made((out) => api.createBinding(this.session, out));
        try {
          for (const [name, tensor] of Object.entries(feeds)) api.bindInput(binding, name, handle(tensor));
          for (const [name, tensor] of Object.entries(fetches)) {
            if (tensor instanceof Tensor) api.bindOutput(binding, name, handle(tensor));
            else api.bindOutputToDevice(binding, name, memory);
          }
          await api.runWithBinding(this.session, binding);
          const values = api.boundOutputs(binding);
          return Object.fromEntries(
            Object.entries(fetches).map(([name, tensor], i) => {
              if (!(tensor instanceof Tensor)) return [name, new Kept(values[i]!, tensor as DeviceResult)];
              api.releaseValue(values[i]!);
              return [name, tensor];
            }),
          );
        } finally {
          api.releaseBinding(binding);
          for (const value of passing) api.releaseValue(value);
        }
      });
    }

    release() {
      return turns.take(() => api.releaseSession(this.session));
    }
  }

  const create = (model: Uint8Array, chosen: SessionOptions = {}) =>
    turns.take(() => {
      const session = compile(library, model, chosen, (options) => {
        provider.append(api, options);
        api.addConfigEntry(options, 'session.intra_op.allow_spinning', '0');
      });
      return new Session(session);
    });

  /** The session that copies arrays of a type between host and device. */
  function copier(type: OrtType): Promise<Session> {
    const known = copying.get(type) ?? create(identity(type));
    copying.set(type, known);
    return known;
  }

  return {
    Tensor,
    InferenceSession: {
      async create(model: Uint8Array, options?: SessionOptions) {
        // The device goes with its last session, and arrays would go with it: this one stays.
        await copier('float32');
        return create(model, options);
      },
    },
    device: {
      async upload(type, data, dims) {
        const session = await copier(type);
        const { v1 } = await session.run({ v0: new Tensor(type, data, dims) }, { v1: { type, dims } });
        return v1 as DeviceArray;
      },
      get bytes() {
        let bytes = 0;
        for (const array of arrays) bytes += array.bytes;
        return bytes;
      },
      async dispose() {
        for (const array of arrays) array.release();
        const sessions = await Promise.allSettled(copying.values());
        copying.clear();
        for (const session of sessions) if (session.status === 'fulfilled') await session.value.release();
      },
    },
  };
}

/** A model whose result `v1` is its input `v0`, of any shape. */
function identity(type: OrtType): Uint8Array {
  const [from, to] = [new Value(type, []), new Value(type, [])];
  from.local = 0;
  to.local = 1;
  const nodes = [new GraphNode('Identity', '', undefined, [from], [to], '')];
  return writeModel({ nodes, feeds: [from], fetches: [to], shaped: false });
}
