/** Prints a command's result: as JSON on stdout, or as lines for people. */
export function printResult(json: boolean, result: object, lines: () => string[]): void {
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${lines().join('\n')}\n`);
}
