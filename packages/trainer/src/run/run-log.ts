import { appendFileSync } from 'node:fs';
import type { Progress } from '../progress.js';

/** The run in words: `log.txt` gets every line with its time, the terminal gets the line. */
export class RunLog {
  constructor(
    private readonly file: string,
    private readonly progress: Progress | undefined,
  ) {}

  /** A line for both. */
  say(line: string): void {
    this.note(line);
    this.progress?.log(line);
  }

  /** A line for the file alone. */
  note(line: string): void {
    appendFileSync(this.file, `${new Date().toISOString()} ${line}\n`);
  }
}
