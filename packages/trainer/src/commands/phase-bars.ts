import { createProgress, type Progress } from '../progress.js';

/** One progress bar after another, as the phases of an evaluation come. */
export class PhaseBars {
  #phase: string | undefined;
  #bar: Progress | undefined;

  /** @param details shown behind the bar */
  update(phase: string, done: number, total: number, details: Record<string, string> = {}): void {
    if (phase !== this.#phase) {
      this.#bar?.stop();
      this.#phase = phase;
      this.#bar = createProgress(phase.padEnd(9), total);
    }
    this.#bar!.update(done, details);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
