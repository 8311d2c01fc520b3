import { writeModel } from './onnx.js';
import type { OrtModule, OrtSession } from './ort.js';
import type { Plan } from './plan.js';

/** Compiled sessions by graph structure, least recently used first; at most `limit` are kept. */
export class SessionCache {
  private readonly sessions = new Map<string, OrtSession>();
  compiled = 0;
  compileMs = 0;

  constructor(
    private readonly ort: OrtModule,
    private readonly sessionOptions: object,
    private readonly limit: number,
  ) {}

  /** Number of sessions held. */
  get size(): number {
    return this.sessions.size;
  }

  /** The session of a plan, compiled when there is none. The least recently used one makes room first. */
  async get(plan: Plan): Promise<{ session: OrtSession; fresh: boolean }> {
    const known = this.sessions.get(plan.key);
    if (known) {
      this.sessions.delete(plan.key);
      this.sessions.set(plan.key, known);
      return { session: known, fresh: false };
    }
    while (this.sessions.size >= this.limit) await this.evictOldest();
    const start = performance.now();
    const session = await this.ort.InferenceSession.create(writeModel(plan), this.sessionOptions);
    this.compileMs += performance.now() - start;
    this.compiled++;
    this.sessions.set(plan.key, session);
    return { session, fresh: true };
  }

  /** Releases every session. */
  async clear(): Promise<void> {
    while (this.sessions.size > 0) await this.evictOldest();
  }

  private async evictOldest(): Promise<void> {
    const [key, session] = this.sessions.entries().next().value!;
    this.sessions.delete(key);
    await session.release();
  }
}
