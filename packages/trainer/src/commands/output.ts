import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../errors.js';

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

/** Says before hours of work that their result cannot be written. @throws InputError of one sentence that names the flag */
export function checkWritable(flag: string, file: string): void {
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new InputError(`${flag} is ${file}, which is a folder; expected a file to write.`);
  }
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
  } catch (error) {
    throw new InputError(`${flag} is ${file}, which cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
}

const jsonText = (result: object) => `${JSON.stringify(result, null, 2)}\n`;
