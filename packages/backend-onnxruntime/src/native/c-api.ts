import type koffi from 'koffi';

/** The address of something in ONNX Runtime's memory. */
export type Address = bigint;

/** A function of the C API that reports failure by a status, here an exception. */
type Checked<Args extends unknown[]> = (...args: Args) => void;

/** The functions of ONNX Runtime's C API that this package calls. Results come in one-element arrays. */
export interface CApi {
  /** Is unloaded once nobody refers to it any more. */
  library: object;
  /** Version of the library, such as 1.30.0. */
  version: string;
  createEnv: Checked<[level: number, id: string, out: Address[]]>;
  disableTelemetry: Checked<[env: Address]>;
  createCpuMemoryInfo: Checked<[allocator: number, memory: number, out: Address[]]>;
  createArenaConfig: Checked<[max: number, strategy: number, initial: number, dead: number, out: Address[]]>;
  registerAllocator: Checked<[env: Address, memory: Address, arena: Address]>;
  createSessionOptions: Checked<[out: Address[]]>;
  disableMemoryPattern: Checked<[options: Address]>;
  setLogSeverity: Checked<[options: Address, level: number]>;
  setOptimizationLevel: Checked<[options: Address, level: number]>;
  setThreads: Checked<[options: Address, threads: number]>;
  addConfigEntry: Checked<[options: Address, key: string, value: string]>;
  createSession: Checked<[env: Address, model: Uint8Array, bytes: number, options: Address, out: Address[]]>;
  createTensor: Checked<
    [
      memory: Address,
      data: ArrayBufferView,
      bytes: number,
      dims: BigInt64Array,
      rank: number,
      type: number,
      out: Address[],
    ]
  >;
  createMemoryInfo: Checked<[name: string, allocator: number, device: number, memory: number, out: Address[]]>;
  appendProvider: Checked<[options: Address, name: string, keys: string[], values: string[], count: number]>;
  createBinding: Checked<[session: Address, out: Address[]]>;
  bindInput: Checked<[binding: Address, name: string, value: Address]>;
  bindOutput: Checked<[binding: Address, name: string, value: Address]>;
  bindOutputToDevice: Checked<[binding: Address, name: string, memory: Address]>;
  createCudaOptions: Checked<[out: Address[]]>;
  updateCudaOptions: Checked<[cuda: Address, keys: string[], values: string[], count: number]>;
  appendCuda: Checked<[options: Address, cuda: Address]>;
  /** What a run left in the outputs of a binding, in the order in which they were bound. Each is to be released. */
  boundOutputs(binding: Address): Address[];
  /** Runs on a thread of its own. */
  runWithBinding(session: Address, binding: Address): Promise<void>;
  /** Runs on a thread of its own. */
  run(
    session: Address,
    inputNames: string[],
    inputs: BigUint64Array,
    outputNames: string[],
    outputs: BigUint64Array,
  ): Promise<void>;
  releaseSessionOptions(options: Address): void;
  releaseSession(session: Address): void;
  releaseValue(value: Address): void;
  releaseBinding(binding: Address): void;
  releaseCudaOptions(cuda: Address): void;
}

/** Version of the C API whose functions these are; every later library offers them too. */
const VERSION = 16;

/**
 * Opens the library. The functions stand in a table whose beginning is the same in every version of ONNX Runtime; the
 * numbers are places in it.
 */
export function openCApi({ load, decode, proto }: typeof koffi, path: string): CApi {
  const library = load(path);
  const base = library.func('void *OrtGetApiBase()')() as Address;
  const getApi = decode(decode(base, 0, 'void *'), proto('void *(uint32_t version)')) as (version: number) => Address;
  const getVersion = decode(decode(base, 8, 'void *'), proto('const char *()')) as () => string;
  const table = getApi(VERSION);
  if (!table) throw new Error(`${path} does not offer version ${VERSION} of ONNX Runtime's C API`);
  const at = (place: number, signature: string) => {
    const address = decode(table, 8 * place, 'void *') as Address;
    return decode(address, proto(signature)) as ((...args: unknown[]) => unknown) & {
      async(...args: unknown[]): void;
    };
  };

  const messageOf = at(2, 'const char *(void *status)') as (status: Address) => string;
  const releaseStatus = at(93, 'void (void *status)') as (status: Address) => void;
  const failure = (status: Address): Error => {
    const error = new Error(messageOf(status));
    releaseStatus(status);
    return error;
  };
  const checked = <Args extends unknown[]>(place: number, parameters: string): Checked<Args> => {
    const call = at(place, `void *(${parameters})`);
    return (...args) => {
      const status = call(...args) as Address | null;
      if (status) throw failure(status);
    };
  };
  /** Calls on a thread of its own. */
  const apart = (call: ReturnType<typeof at>, ...args: unknown[]): Promise<void> =>
    new Promise((resolve, reject) => {
      call.async(...args, (error: Error | null, status: Address | null) => {
        if (error) reject(error);
        else if (status) reject(failure(status));
        else resolve();
      });
    });
  const run = at(
    9,
    'void *(void *session, void *options, const char **inputNames, void *inputs, size_t inputCount, const char **outputNames, size_t outputCount, void *outputs)',
  );
  const runWithBinding = at(133, 'void *(void *session, void *options, void *binding)');
  const getBoundOutputs = checked<[Address, Address, Address[], number[]]>(
    140,
    'void *binding, void *allocator, _Out_ void **out, _Out_ size_t *count',
  );
  const getDefaultAllocator = checked<[Address[]]>(78, '_Out_ void **out');
  const allocatorFree = checked<[Address, Address]>(76, 'void *allocator, void *memory');
  return {
    library,
    version: getVersion(),
    createEnv: checked(3, 'int level, const char *id, _Out_ void **out'),
    disableTelemetry: checked(6, 'void *env'),
    createCpuMemoryInfo: checked(69, 'int allocator, int memory, _Out_ void **out'),
    createArenaConfig: checked(156, 'size_t max, int strategy, int initial, int dead, _Out_ void **out'),
    registerAllocator: checked(144, 'void *env, void *memory, void *arena'),
    createSessionOptions: checked(10, '_Out_ void **out'),
    disableMemoryPattern: checked(17, 'void *options'),
    setLogSeverity: checked(22, 'void *options, int level'),
    setOptimizationLevel: checked(23, 'void *options, int level'),
    setThreads: checked(24, 'void *options, int threads'),
    addConfigEntry: checked(130, 'void *options, const char *key, const char *value'),
    createSession: checked(8, 'void *env, void *model, size_t bytes, void *options, _Out_ void **out'),
    createTensor: checked(
      49,
      'void *memory, void *data, size_t bytes, void *dims, size_t rank, int type, _Out_ void **out',
    ),
    run: (session, inputNames, inputs, outputNames, outputs) =>
      apart(run, session, null, inputNames, inputs, inputNames.length, outputNames, outputNames.length, outputs),
    createMemoryInfo: checked(68, 'const char *name, int allocator, int device, int memory, _Out_ void **out'),
    appendProvider: checked(
      216,
      'void *options, const char *name, const char **keys, const char **values, size_t count',
    ),
    createBinding: checked(134, 'void *session, _Out_ void **out'),
    bindInput: checked(136, 'void *binding, const char *name, void *value'),
    bindOutput: checked(137, 'void *binding, const char *name, void *value'),
    bindOutputToDevice: checked(138, 'void *binding, const char *name, void *memory'),
    createCudaOptions: checked(205, '_Out_ void **out'),
    updateCudaOptions: checked(206, 'void *cuda, const char **keys, const char **values, size_t count'),
    appendCuda: checked(204, 'void *options, void *cuda'),
    boundOutputs(binding) {
      const [allocator, list, count]: [Address[], Address[], number[]] = [[0n], [0n], [0]];
      getDefaultAllocator(allocator);
      getBoundOutputs(binding, allocator[0]!, list, count);
      const values = Array.from({ length: Number(count[0]) }, (_, i) => decode(list[0]!, 8 * i, 'void *') as Address);
      if (list[0]) allocatorFree(allocator[0]!, list[0]);
      return values;
    },
    runWithBinding: (session, binding) => apart(runWithBinding, session, null, binding),
    releaseSessionOptions: at(100, 'void (void *options)') as (options: Address) => void,
    releaseSession: at(95, 'void (void *session)') as (session: Address) => void,
    releaseValue: at(96, 'void (void *value)') as (value: Address) => void,
    releaseBinding: at(135, 'void (void *binding)') as (binding: Address) => void,
    releaseCudaOptions: at(208, 'void (void *cuda)') as (cuda: Address) => void,
  };
}
