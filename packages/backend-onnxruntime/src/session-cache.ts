import { writeModel } from './onnx.js';
import type { OrtModule, OrtSession } from './ort.js';
import { HEAVY_BYTES, type Plan } from './plan.js';
import { forWebGpu } from './webgpu-operators.js';

interface Cached {
  readonly session: OrtSession;
  /** Whether the session keeps the memory of its intermediate results between runs. */
  readonly keepsMemory: boolean;
}

/**
 * Compiled sessions by graph structure, least recently used first; at most `limit` are kept.
 *
 * Where sessions do not share their memory, one that keeps it saves the page faults of every further run, but a large graph
 * that runs once (a first training step often differs from the later ones) would hold it for nothing. So a heavy graph
 * gets a session that returns its memory first, and one that keeps it when the same structure comes again.
 */
export class SessionCache {
  private readonly sessions = new Map<string, Cached>();
  /** While something runs that is not to be kept: its sessions. */
  private passing: Map<string, OrtSession> | null = null;
  compiled = 0;
  compileMs = 0;

  constructor(
    private readonly ort: OrtModule,
    private readonly sessionOptions: object,
    private readonly limit: number,
    /** Whether the sessions run on WebGPU, which lacks some operators. */
    private readonly onWebGpu: boolean,
  ) {}

  /** Number of sessions held. */
  get size(): number {
    return this.sessions.size;
  }

  /** The session of a plan, compiled when there is none. The least recently used one makes room first. */
  async get(plan: Plan): Promise<OrtSession> {
    const known = this.sessions.get(plan.key);
    if (this.passing) return known?.session ?? this.getPassing(plan, this.passing);
    this.sessions.delete(plan.key);
    if (known?.keepsMemory) {
      this.sessions.set(plan.key, known);
      return known.session;
    }
    await known?.session.release();
    while (this.sessions.size >= this.limit) await this.evictOldest();
    const keepsMemory = Boolean(this.ort.sharesMemory || this.ort.device || known || plan.bytes <= HEAVY_BYTES);
    const session = await this.compile(plan, keepsMemory);
    this.sessions.set(plan.key, { session, keepsMemory });
    return session;
  }

  /**
   * Runs `f`; what is compiled for it is released afterwards and makes no other session go. For graphs that will not come
   * again soon, such as a step that is measured part by part.
   */
  async withoutKeeping<T>(f: () => Promise<T>): Promise<T> {
    if (this.passing) return f();
    this.passing = new Map();
    try {
      return await f();
    } finally {
      const sessions = [...this.passing.values()];
      this.passing = null;
      for (const session of sessions) await session.release();
    }
  }

  private async getPassing(plan: Plan, passing: Map<string, OrtSession>): Promise<OrtSession> {
    const session = passing.get(plan.key) ?? (await this.compile(plan, false));
    passing.set(plan.key, session);
    return session;
  }

  /** Releases every session. */
  async clear(): Promise<void> {
    while (this.sessions.size > 0) await this.evictOldest();
  }

  private async compile(plan: Plan, keepsMemory: boolean): Promise<OrtSession> {
    const start = performance.now();
    const options = { ...this.sessionOptions, enableCpuMemArena: keepsMemory };
    const nodes = this.onWebGpu ? forWebGpu(plan.nodes) : plan.nodes;
    const session = await this.ort.InferenceSession.create(
      writeModel({ ...plan, nodes, shaped: !plan.frame }),
      options,
    );
    this.compileMs += performance.now() - start;
    this.compiled++;
    return session;
  }

  private async evictOldest(): Promise<void> {
    const [key, { session }] = this.sessions.entries().next().value!;
    this.sessions.delete(key);
    await session.release();
  }
}
