import { Command } from 'commander';
import { type ReportResult, writeReport } from '../report/write-report.js';
import { printResult } from './output.js';

interface Flags {
  out?: string;
  pictures: boolean;
  backend?: string;
  json?: boolean;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('write the report of a run, finished or not: one HTML page that needs nothing else')
    .argument('<run>', 'run folder (--out of cribo pretrain)')
    .option('--out <file>', 'the page to write (default: report.html in the run folder)')
    .option('--no-pictures', 'leave out what is drawn from checkpoint and images')
    .option('--backend <name>', 'backend for the pictures, see "cribo backends" (default: that of the run)')
    .option('--json', 'print the result as JSON on stdout')
    .addHelpText(
      'after',
      `
The page holds curves, clusters of both views, neighbours in other images, attention, times and settings.

  cribo report runs/photos
  cribo report runs/photos --out photos.html --no-pictures`,
    )
    .action(run);
}

async function run(runDir: string, { out, pictures, backend, json }: Flags): Promise<void> {
  const result = await writeReport(runDir, {
    pictures,
    ...(out !== undefined && { out }),
    ...(backend !== undefined && { backend }),
  });
  printResult(json ?? false, result, () => lines(result));
}

const lines = ({ file, bytes, steps, status, withoutPictures }: ReportResult): string[] => [
  `Report of ${steps} steps (${status}): ${file}, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
  ...(withoutPictures === undefined ? [] : [`Without pictures: ${withoutPictures}.`]),
];
