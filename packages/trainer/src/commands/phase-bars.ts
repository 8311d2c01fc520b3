import { createProgress, type Progress } from '../progress.js';

/** One progress bar after another, as the phases of an evaluation come. */
export class PhaseBars {
  readonly #seen = new Set<string>();
  #phase: string | undefined;
  #bar: Progress | undefined;

  /** @param details shown behind the bar */
  update(phase: string, done: number, total: number, details: Record<string, string> = {}): void {
    if (phase !== this.#phase) {
      this.#bar?.stop();
      this.#phase = phase;
      // What a phase that comes back had done before does not count into its rate.
      this.#bar = createProgress(phase.padEnd(9), total, this.#seen.has(phase) ? done : 0);
      this.#seen.add(phase);
    }
    this.#bar!.update(done, details);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
