import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import { checkWritable, printResult } from '../../packages/trainer/src/commands/output.js';
import type { Html } from '../../packages/trainer/src/report/page/html.js';

export interface DeliveryFlags {
  json?: boolean;
  html?: string;
}

export const jsonOption = (): Option => new Option('--json', 'print JSON on stdout');
export const htmlOption = (): Option =>
  new Option('--html <file>', 'write a page with plots that needs nothing else').argParser((file) => {
    checkWritable('--html', file);
    return file;
  });

/** Writes the page, if one was asked for, and prints the result as JSON or as lines. */
export function deliver<Result extends object>(
  { json = false, html }: DeliveryFlags,
  result: Result,
  { lines, page }: { lines: (result: Result) => string[]; page: (result: Result) => Html },
): void {
  if (html !== undefined) writeFileSync(html, page(result).toString());
  printResult(json, result, () => lines(result));
}
