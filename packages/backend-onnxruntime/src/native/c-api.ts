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
  const run = at(
    9,
    'void *(void *session, void *options, const char **inputNames, void *inputs, size_t inputCount, const char **outputNames, size_t outputCount, void *outputs)',
  );
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
      new Promise((resolve, reject) => {
        run.async(
          session,
          null,
          inputNames,
          inputs,
          inputNames.length,
          outputNames,
          outputNames.length,
          outputs,
          (error: Error | null, status: Address | null) => {
            if (error) reject(error);
            else if (status) reject(failure(status));
            else resolve();
          },
        );
      }),
    releaseSessionOptions: at(100, 'void (void *options)') as (options: Address) => void,
    releaseSession: at(95, 'void (void *session)') as (session: Address) => void,
    releaseValue: at(96, 'void (void *value)') as (value: Address) => void,
  };
}
