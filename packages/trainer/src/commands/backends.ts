import { Command } from 'commander';
import { backendStatus } from '../backends/status.js';
import { printResult } from './output.js';

export function backendsCommand(): Command {
  return new Command('backends')
    .description('list what --backend can name here, and what to install for the rest')
    .option('--json', 'print the list as JSON on stdout')
    .action((flags: { json?: boolean }) => {
      const list = backendStatus();
      printResult(flags.json ?? false, { backends: list }, () => {
        const width = Math.max(...list.map(({ name }) => name.length));
        return list.map(
          ({ name, description, missing }) =>
            `${name.padEnd(width)}  ${description}${missing.length === 0 ? '' : `\n${' '.repeat(width + 2)}not installed; npm install ${missing.join(' ')}`}`,
        );
      });
    });
}
