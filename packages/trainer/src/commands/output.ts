import { writeFileSync } from 'node:fs';

/** Prints a command's result: as JSON on stdout, or as lines for people. */
export function printResult(json: boolean, result: object, lines: () => string[]): void {
  process.stdout.write(json ? jsonText(result) : `${lines().join('\n')}\n`);
}

/** The same for a command with `--out`: the result as JSON goes to that file as well. */
export function deliverResult(
  { out, json = false }: { out?: string; json?: boolean },
  result: object,
  lines: () => string[],
): void {
  if (out !== undefined) writeFileSync(out, jsonText(result));
  printResult(json, result, lines);
}

const jsonText = (result: object) => `${JSON.stringify(result, null, 2)}\n`;
