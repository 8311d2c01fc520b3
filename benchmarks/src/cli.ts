import { loadBackend } from '@cribo/trainer';
import { Command } from 'commander';
import { benchDenseNN, type DenseNNBench, largeCase } from './dense-nn.js';
import { benchLoader, type LoaderBench } from './loader.js';
import { benchStep } from './step.js';

interface DenseNNFlags {
  large?: boolean;
  memoryImages?: number;
  queryImages?: number;
  patches?: number;
  dim?: number;
  k: number;
  backend: string;
  threads?: number;
  json?: boolean;
}

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
  .description('dense retrieval: time, peak memory, and its rate as a share of a plain matrix product')
  .option('--large', 'one million memory patches of width 384, 100,000 queries, instead of 58,800 and 5880')
  .option('--memory-images <n>', 'images to retrieve from (default: 300)', Number)
  .option('--query-images <n>', 'images to segment (default: 30)', Number)
  .option('--patches <n>', 'patches per image, a square number (default: 196)', Number)
  .option('--dim <d>', 'feature width (default: 384)', Number)
  .option('--k <n>', 'neighbours per patch', Number, 50)
  .option('--backend <name>', 'backend, see "cribo backends"', 'onnxruntime')
  .option('--threads <n>', 'CPU threads of the backend', Number)
  .option('--json', 'print JSON on stdout')
  .action(async (flags: DenseNNFlags) => {
    await loadBackend({ name: flags.backend, threads: flags.threads });
    const { memoryImages, queryImages, patches, dim } = {
      ...(flags.large ? largeCase : { memoryImages: 300, queryImages: 30, patches: 196, dim: 384 }),
      ...flags,
    };
    const size = { memoryImages, queryImages, patches, dim, k: flags.k, subsampling: [1] };
    const result = await benchDenseNN({ ...size, onProgress: progressLines('queries', 15) });
    process.stdout.write(`${flags.json ? JSON.stringify(result, null, 2) : denseNNLines(result).join('\n')}\n`);
  });

await program.parseAsync();
process.exit();

function denseNNLines(result: DenseNNBench): string[] {
  const { memoryPatches, queryPatches, dim, k, blockSize, featuresGB } = result;
  const gb = (value: number) => `${value.toFixed(2)} GB`;
  return [
    `${queryPatches} queries in ${memoryPatches} memory patches of width ${dim}, k = ${k}, blocks of ${blockSize.memory} x ${blockSize.queries}`,
    `retrieval ${result.retrievalSeconds.toFixed(1)} s, ${result.retrievalGflops.toFixed(1)} GFLOP/s, ${(100 * result.share).toFixed(0)} % of the plain product's ${result.matMulGflops.toFixed(1)} (in processor time ${(100 * result.processorShare).toFixed(0)} %)`,
    `peak memory ${gb(result.peakMemoryGB)}, of which features ${gb(featuresGB.memory)} + ${gb(featuresGB.query)}; drawn in ${result.drawSeconds.toFixed(1)} s`,
  ];
}

/** A line on stderr every so many seconds. */
function progressLines(what: string, everySeconds: number): (done: number, total: number) => void {
  const start = performance.now();
  let last = start;
  return (done, total) => {
    const now = performance.now();
    if (done < total && now - last < everySeconds * 1000) return;
    last = now;
    const left = ((now - start) / 1000 / done) * (total - done);
    process.stderr.write(`${done}/${total} ${what}, ${Math.round(left)} s left\n`);
  };
}
