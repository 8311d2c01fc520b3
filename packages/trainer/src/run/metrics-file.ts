import { appendFileSync, createReadStream, existsSync, truncateSync } from 'node:fs';

/** One line of `metrics.jsonl`, `step` first. */
export type MetricsRow = { step: number; [key: string]: number | string | boolean | null | Record<string, number> };

/** Appends a row to `metrics.jsonl`. It is written at once, so a killed run loses none. */
export function appendMetrics(file: string, row: MetricsRow): void {
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/**
 * Cuts `metrics.jsonl` back to the steps before `step`: a run that died went on for some steps after its last checkpoint,
 * and its last line may be incomplete. The steps will be taken, and written, again.
 */
export async function forgetStepsFrom(file: string, step: number): Promise<void> {
  if (!existsSync(file)) return;
  truncateSync(file, await bytesBefore(file, step));
}

/** Where the first line stands that is incomplete or belongs to `step` or a later one. Reads the file as a stream. */
async function bytesBefore(file: string, step: number): Promise<number> {
  let offset = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file)) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (!(stepOf(bytes.toString('utf8', start, end)) < step)) return offset + start;
      start = end + 1;
    }
    offset += start;
    rest = bytes.subarray(start);
  }
  return offset;
}

/** NaN for a line that is no row. */
function stepOf(line: string): number {
  try {
    return Number(JSON.parse(line).step);
  } catch {
    return Number.NaN;
  }
}
