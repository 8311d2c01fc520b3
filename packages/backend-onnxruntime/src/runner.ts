import type { BufferPool } from './buffer-pool.js';
import type { Graph } from './graph.js';
import { valueName } from './onnx.js';
import type { OrtModule, OrtTensor, OrtType } from './ort.js';
import { makePlan, type Plan } from './plan.js';
import type { SessionCache } from './session-cache.js';
import { bytesPerElement, type HostData, typedArray, type Value } from './value.js';

/** Executes captured graphs, one at a time. */
export class Runner {
  runs = 0;
  runMs = 0;
  planMs = 0;
  /** The run that has been asked for but has not taken its nodes yet. */
  private scheduled: Promise<void> | null = null;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly ort: OrtModule,
    private readonly graph: Graph,
    private readonly pool: BufferPool,
    private readonly sessions: SessionCache,
  ) {}

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
    const planning = performance.now();
    const nodes = this.graph.beginRun();
    if (nodes.length === 0) return;
    const plan = makePlan(nodes);
    this.planMs += performance.now() - planning;
    try {
      await this.execute(plan);
    } catch (cause) {
      const message = `Running the captured graph on ONNX Runtime failed: ${(cause as Error).message}`;
      const failure = new Error(message, { cause });
      for (const value of plan.fetches) value.failure = failure;
    }
    this.graph.endRun(nodes);
    this.pool.endRun();
  }

  private async execute(plan: Plan): Promise<void> {
    const failed = plan.feeds.find((value) => value.failure);
    if (failed) throw failed.failure;
    const session = await this.sessions.get(plan);
    const start = performance.now();
    const feeds: Record<string, OrtTensor> = {};
    for (const value of plan.feeds) feeds[valueName(value)] = this.feed(value);
    const results = plan.fetches.map((value) => this.allocate(value));
    const fetches: Record<string, OrtTensor> = {};
    plan.fetches.forEach((value, i) => {
      fetches[valueName(value)] = results[i]!.tensor;
    });
    try {
      await session.run(feeds, fetches);
    } catch (error) {
      for (const { data } of results) this.pool.give(data.buffer as ArrayBuffer);
      throw error;
    }
    plan.fetches.forEach((value, i) => {
      value.host = results[i]!.data;
      value.ort = results[i]!.tensor;
    });
    this.runMs += performance.now() - start;
    this.runs++;
  }

  /** The array that a run writes a result to. */
  private allocate(value: Value): { data: HostData; tensor: OrtTensor } {
    const data = typedArray(value.type, this.pool.take(value.size * bytesPerElement(value.type)), value.size);
    return { data, tensor: new this.ort.Tensor(value.type as OrtType, data, value.shape) };
  }

  private feed(value: Value): OrtTensor {
    value.ort ??= new this.ort.Tensor(value.type as OrtType, value.host!, value.shape);
    return value.ort;
  }
}
