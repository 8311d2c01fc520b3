import { loadBackend } from '@cribo/trainer';
import { Command } from 'commander';
import { benchDenseNN } from './dense-nn.js';
import { benchLoader, type LoaderBench } from './loader.js';
import { benchStep } from './step.js';

const program = new Command('bench').description('Measurements; run as "pnpm bench <name>".');

program
  .command('step')
  .description('the whole training step: median time, phases, peak memory, compiled sessions')
  .option('--steps <n>', 'measured steps after the warm-up', Number, 20)
  .option('--backend <name>', 'backend, see "cribo backends"', 'onnxruntime')
  .option('--threads <n>', 'CPU threads of the backend', Number)
  .option(
    '--set <key=value>',
    'any setting, for example model.arch=vit_tiny; repeatable',
    (v, all: string[]) => [...all, v],
    [],
  )
  .option('--json', 'print JSON on stdout')
  .action(async (flags: { steps: number; backend: string; threads?: number; set: string[]; json?: boolean }) => {
    const result = await benchStep(flags);
    process.stdout.write(flags.json ? `${JSON.stringify(result, null, 2)}\n` : `${result.lines.join('\n')}\n`);
  });

program
  .command('loader')
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

program
  .command('dense-nn')
  .description('dense retrieval: its rate as a share of a plain matrix product')
  .option('--memory-images <n>', 'images to retrieve from', Number, 300)
  .option('--query-images <n>', 'images to segment', Number, 30)
  .option('--patches <n>', 'patches per image, a square number', Number, 196)
  .option('--dim <d>', 'feature width', Number, 384)
  .option('--k <n>', 'neighbours per patch', Number, 50)
  .option('--backend <name>', 'backend, see "cribo backends"', 'onnxruntime')
  .action(async ({ backend, ...size }) => {
    await loadBackend({ name: backend });
    const result = await benchDenseNN({ ...size, subsampling: [1] });
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  });

await program.parseAsync();
process.exit();
