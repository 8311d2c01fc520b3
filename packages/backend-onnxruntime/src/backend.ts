import {
  type BackendTimingInfo,
  type DataId,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';
import { BufferPool } from './buffer-pool.js';
import { Graph } from './graph.js';
import { fromHalf } from './half.js';
import type { DeviceArray, OrtModule } from './ort.js';
import { Runner } from './runner.js';
import { SessionCache } from './session-cache.js';
import { bytesPerElement, sizeOf, tensorType, typedArray, type Value } from './value.js';

/** What a tfjs data id stands for: a value of the graph, shared by `refCount` tensors. */
interface Entry {
  readonly value: Value;
  refCount: number;
}

/** Counters of a backend. Times are totals in milliseconds. */
export interface BackendStats {
  /** Sessions compiled since the start. A number that keeps growing means that the graph changes at every step. */
  sessionsCompiled: number;
  /** Sessions held now. */
  sessionsCached: number;
  /** Graph executions. */
  runs: number;
  compileMs: number;
  runMs: number;
  /** Time spent in kernels (recording operators) and in ordering and keying the graph. */
  captureMs: number;
  /** Bytes of released result arrays kept for reuse. */
  pooledBytes: number;
  /** Bytes of the arrays behind all tensors; those stored in half precision count as what they take. */
  heldBytes: number;
  /** Bytes of the arrays that are on a device, where results stay there. */
  deviceBytes: number;
}

export interface SessionSettings {
  readonly sessionOptions: object;
  readonly maxSessions: number;
  /** Whether large graphs run in segments; for execution providers that compute in host memory. */
  readonly inSegments: boolean;
  /** Whether graphs run on WebGPU. */
  readonly onWebGpu: boolean;
}

/**
 * A TensorFlow.js backend whose kernels record ONNX operators. Reading a tensor (`await t.data()`) runs everything
 * recorded so far, and delivers every tensor that is still alive.
 */
export class OnnxRuntimeBackend extends KernelBackend {
  /** The operators captured so far; kernels append to it. */
  readonly graph: Graph;
  /** Total time spent in kernels, in milliseconds. */
  kernelMs = 0;
  /** Whether every new combination of shapes compiles all of a graph anew, so that programs had better keep to theirs. */
  readonly compilesWholeGraphs: boolean;
  private readonly pool = new BufferPool();
  private readonly sessions: SessionCache;
  private readonly runner: Runner;
  private readonly entries: DataStorage<Entry>;

  constructor(
    private readonly ort: OrtModule,
    settings: SessionSettings,
  ) {
    super();
    this.compilesWholeGraphs = !settings.inSegments;
    this.graph = new Graph(this.pool);
    this.sessions = new SessionCache(ort, settings.sessionOptions, settings.maxSessions, settings.onWebGpu);
    this.runner = new Runner(ort, this.graph, this.pool, this.sessions, settings.inSegments);
    this.entries = new DataStorage<Entry>(this, engine());
  }

  /** Counters since the backend was registered. */
  stats(): BackendStats {
    return {
      sessionsCompiled: this.sessions.compiled,
      sessionsCached: this.sessions.size,
      runs: this.runner.runs,
      compileMs: this.sessions.compileMs,
      runMs: this.runner.runMs,
      captureMs: this.kernelMs + this.runner.planMs,
      pooledBytes: this.pool.pooledBytes,
      heldBytes: this.graph.heldBytes,
      deviceBytes: this.ort.device?.bytes ?? 0,
    };
  }

  /**
   * Runs `f`, and releases the sessions that were compiled for it; those cached before are used and stay. For graphs that
   * will not come again soon.
   */
  withoutKeepingSessions<T>(f: () => Promise<T>): Promise<T> {
    return this.sessions.withoutKeeping(f);
  }

  /** The value behind a tensor, under the tensor's shape. */
  override valueOf(tensor: TensorInfo): Value {
    return this.graph.reshape(this.entries.get(tensor.dataId).value, tensor.shape);
  }

  /** Makes a tensor of a value. One in half precision counts as float32: tfjs has no dtype for it. */
  tensorOf(value: Value): TensorInfo {
    const dataId = {};
    this.entries.set(dataId, { value: this.graph.hold(value), refCount: 1 });
    return { dataId, shape: [...value.shape], dtype: value.type === 'float16' ? 'float32' : (value.type as DataType) };
  }

  override write(values: TypedArray, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  /** Copies the data, since execution is deferred and the caller may change the array before it happens. */
  override move(dataId: DataId, values: TypedArray, shape: number[], dtype: DataType, refCount: number): void {
    const type = tensorType(dtype);
    const size = sizeOf(shape);
    const data = typedArray(type, this.pool.take(size * bytesPerElement(type)), size);
    data.set(values);
    this.entries.set(dataId, { value: this.graph.hold(this.graph.host(data, type, shape)), refCount });
  }

  override async read(dataId: DataId): Promise<TypedArray> {
    const { value } = this.entries.get(dataId);
    if (value.host) return this.hostData(value);
    this.graph.hold(value);
    try {
      if (!value.failure && !value.isComputed) await this.runner.run();
      return value.device ? await this.deviceData(value, value.device) : this.hostData(value);
    } finally {
      this.graph.drop(value);
    }
  }

  /**
   * Returns data that is on the host.
   *
   * @throws Error when the tensor is still to be computed, since graphs execute asynchronously, or is on a device.
   */
  override readSync(dataId: DataId): TypedArray {
    return this.hostData(this.entries.get(dataId).value);
  }

  private async deviceData(value: Value, device: DeviceArray): Promise<TypedArray> {
    const data = typedArray(value.type, new ArrayBuffer(value.bytes), value.size);
    await device.read(data);
    return value.type === 'float16' ? fromHalf(data as Uint16Array) : (data as TypedArray);
  }

  /** A copy of what a value holds, with half precision widened. */
  private hostData(value: Value): TypedArray {
    if (value.failure) throw value.failure;
    if (value.host)
      return value.type === 'float16' ? fromHalf(value.host as Uint16Array) : (value.host as TypedArray).slice();
    throw new Error(
      'The onnxruntime backend computes asynchronously: this tensor is not on the host yet and cannot be read with ' +
        'dataSync() or arraySync(). Use await tensor.data() or await tensor.array().',
    );
  }

  override refCount(dataId: DataId): number {
    return this.entries.has(dataId) ? this.entries.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.entries.get(dataId).refCount++;
  }

  decRef(dataId: DataId): void {
    if (this.entries.has(dataId)) this.entries.get(dataId).refCount--;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.entries.has(dataId)) return true;
    const entry = this.entries.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    this.entries.delete(dataId);
    this.graph.drop(entry.value);
    return true;
  }

  override numDataIds(): number {
    return this.entries.numDataIds();
  }

  override memory(): { unreliable: boolean; reasons?: string[] } {
    return { unreliable: false };
  }

  /** Measures the wall time until everything captured, including what `f` captures, has run. Calls `f` at once. */
  override async time(f: () => void): Promise<BackendTimingInfo> {
    const start = performance.now();
    f();
    await this.runner.run();
    return { kernelMs: performance.now() - start };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  /** Forgets what was captured, and releases the compiled sessions and the pooled buffers. */
  override dispose(): void {
    this.graph.clear();
    void this.ort.device?.dispose();
    void this.sessions.clear();
    this.pool.clear();
  }
}
