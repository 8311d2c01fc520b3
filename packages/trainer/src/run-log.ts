import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** One line of `metrics.jsonl`. */
export type MetricsRow = Record<string, number | string | boolean | null>;

/** Appends JSON lines to `file`. Lines are written at once, so a killed run loses none of them. */
export class MetricsLog {
  constructor(private readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
  }

  write(row: MetricsRow): void {
    appendFileSync(this.file, `${JSON.stringify(row)}\n`);
  }
}
