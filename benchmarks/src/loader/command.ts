import { Command } from 'commander';
import { benchLoader, type LoaderBench } from './bench.js';

export function loaderCommand(): Command {
  return new Command('loader')
    .description('reading, decoding and augmenting alone: images per second, per core, and memory along the run')
    .argument('<images>', 'folder, list file or tar shards, as for "cribo pretrain"')
    .option('--images <n>', 'images to load', Number, 2000)
    .option('--batch-size <n>', 'images per batch', Number, 32)
    .option('--workers <n>', 'threads that load', Number, 1)
    .option('--prefetch <n>', 'batches prepared ahead', Number, 2)
    .option('--cache-megabytes <n>', 'decoded images to keep', Number, 0)
    .action(async (source: string, settings: Omit<LoaderBench, 'source'>) => {
      const result = await benchLoader({ source, ...settings });
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    });
}
