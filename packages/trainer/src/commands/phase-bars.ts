import { createProgress, type Progress } from '../progress.js';

/** One progress bar after another, as the phases of an evaluation come; a phase may come back. */
export class PhaseBars {
  readonly #done = new Map<string, number>();
  /** When the last update came: what is done since then belongs to the phase of the next one. */
  #last = Date.now();
  #phase: string | undefined;
  #bar: Progress | undefined;

  /** @param details shown behind the bar */
  update(phase: string, done: number, total: number, details: Record<string, string> = {}): void {
    if (phase !== this.#phase) {
      this.#bar?.stop();
      this.#phase = phase;
      this.#bar = createProgress(phase.padEnd(9), total, this.#done.get(phase) ?? 0, undefined, this.#last);
    }
    this.#bar!.update(done, details);
    this.#done.set(phase, done);
    this.#last = Date.now();
  }

  stop(): void {
    this.#bar?.stop();
  }
}
