import type { BufferPool } from './buffer-pool.js';
import { DeviceInputs } from './device-inputs.js';
import type { Graph } from './graph.js';
import { valueName } from './onnx.js';
import type { DeviceArray, OrtModule, OrtSession, OrtTensor, OrtType } from './ort.js';
import { makePlan, type Plan } from './plan.js';
import { type Frame, partOf } from './rowwise.js';
import { type Segment, segmentsOf } from './segments.js';
import type { SessionCache } from './session-cache.js';
import { type HostData, typedArray, type Value } from './value.js';

/** Elements of a large array that are computed at a time where the work goes row by row. */
const STRETCH = 2 ** 19;

/** Executes captured graphs, one at a time. */
export class Runner {
  runs = 0;
  runMs = 0;
  planMs = 0;
  /** The run that has been asked for but has not taken its nodes yet. */
  private scheduled: Promise<void> | null = null;
  private last: Promise<void> = Promise.resolve();
  private readonly deviceInputs: DeviceInputs | undefined;

  constructor(
    private readonly ort: OrtModule,
    private readonly graph: Graph,
    private readonly pool: BufferPool,
    private readonly sessions: SessionCache,
    private readonly inSegments: boolean,
  ) {
    this.deviceInputs = ort.device && new DeviceInputs(ort.device, pool);
  }

  /**
   * Runs everything captured so far. Calls made before the run has started share it; a call made during a run waits for
   * it and then runs what was captured in the meantime. Never rejects: a failure is stored in the values it concerns.
   */
  run(): Promise<void> {
    this.scheduled ??= this.last = this.last.then(() => {
      this.scheduled = null;
      return this.runNow();
    });
    return this.scheduled;
  }

  private async runNow(): Promise<void> {
    for (const segment of this.takeSegments()) {
      const planning = performance.now();
      const plan = makePlan(segment);
      this.planMs += performance.now() - planning;
      try {
        // Views alone want nothing: whoever takes one is fed from what it shows.
        if (plan.fetches.length > 0) await this.execute(plan);
      } catch (cause) {
        const message = `Running the captured graph on ONNX Runtime failed: ${(cause as Error).message}`;
        const failure = new Error(message, { cause });
        for (const value of plan.fetches) value.failure = failure;
      }
      this.graph.endRun(segment.nodes);
    }
    this.pool.endRun();
  }

  private takeSegments(): Segment[] {
    const planning = performance.now();
    const nodes = this.graph.beginRun();
    const segments = this.inSegments ? segmentsOf(nodes) : [{ nodes }];
    this.planMs += performance.now() - planning;
    return nodes.length === 0 ? [] : segments;
  }

  private async execute(plan: Plan): Promise<void> {
    for (const { failure, base } of plan.feeds) if (failure ?? base?.failure) throw failure ?? base!.failure;
    const session = await this.sessions.get(plan);
    const start = performance.now();
    if (this.deviceInputs) await this.runOnDevice(session, plan, this.deviceInputs);
    else await this.runOnHost(session, plan);
    this.runMs += performance.now() - start;
    this.runs++;
  }

  /** Inputs and results stay on the device. Graphs run whole there: no input is a view. */
  private async runOnDevice(session: OrtSession, { feeds, fetches }: Plan, inputs: DeviceInputs): Promise<void> {
    const tensors: OrtTensor[] = [];
    for (const value of feeds) tensors.push((await inputs.get(value)) ?? this.hostTensor(value));
    const results = await session.run(
      named(feeds, (_, i) => tensors[i]!),
      named(fetches, ({ type, shape }) => ({ type: type as OrtType, dims: shape })),
    );
    for (const value of fetches) value.device = results[valueName(value)] as DeviceArray;
    inputs.endRun();
  }

  private async runOnHost(session: OrtSession, plan: Plan): Promise<void> {
    const results = plan.fetches.map((value) => typedArray(value.type, this.pool.take(value.bytes), value.size));
    try {
      if (plan.frame) await this.runInStretches(session, plan, results, plan.frame);
      else await this.runWhole(session, plan, results);
    } catch (error) {
      for (const { buffer } of results) this.pool.give(buffer as ArrayBuffer);
      throw error;
    }
    plan.fetches.forEach((value, i) => {
      value.host = results[i]!;
    });
  }

  private async runWhole(session: OrtSession, { feeds, fetches }: Plan, results: readonly HostData[]): Promise<void> {
    const outputs = fetches.map((value, i) => this.tensor(value, results[i]!, value.shape));
    await session.run(
      named(feeds, (value) => this.hostTensor(value)),
      named(fetches, (_, i) => outputs[i]!),
    );
    fetches.forEach((value, i) => {
      value.ort = outputs[i]!;
    });
  }

  /** Small stretches keep what passes between the operators in the processor's cache. */
  private async runInStretches(
    session: OrtSession,
    { feeds, fetches }: Plan,
    results: readonly HostData[],
    frame: Frame,
  ): Promise<void> {
    const { rank, rows, matrixRows } = frame;
    const step = Math.max(1, Math.floor(STRETCH / frame.columns));
    const staysInMatrix = feeds.some((value) => partOf(value, frame) === 'columns');
    for (let begin = 0, end: number; begin < rows; begin = end) {
      const matrix = Math.floor(begin / matrixRows);
      end = Math.min(begin + step, staysInMatrix ? (matrix + 1) * matrixRows : rows);
      const stretch = (value: Value, data: HostData) => {
        const part = partOf(value, frame);
        if (part === 'shared') return this.tensor(value, data, value.shape);
        const columns = part === 'rows' ? 1 : frame.columns;
        const [from, to] = part === 'columns' ? [matrix, matrix + 1] : [begin, end];
        const shape = rank === 1 ? [to - from] : [...new Array(rank - 2).fill(1), to - from, columns];
        return this.tensor(value, data.subarray(from * columns, to * columns), shape);
      };
      await session.run(
        named(feeds, (value) => stretch(value, value.elements!)),
        named(fetches, (value, i) => stretch(value, results[i]!)),
      );
    }
  }

  private hostTensor(value: Value): OrtTensor {
    value.ort ??= this.tensor(value, value.elements!, value.shape);
    return value.ort;
  }

  private tensor({ type }: Value, data: HostData, shape: readonly number[]): OrtTensor {
    return new this.ort.Tensor(type as OrtType, data, shape);
  }
}

function named<T>(values: readonly Value[], tensor: (value: Value, i: number) => T): Record<string, T> {
  return Object.fromEntries(values.map((value, i) => [valueName(value), tensor(value, i)]));
}
