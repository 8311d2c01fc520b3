import { loadBackend } from '@cribo/trainer';
import { Command } from 'commander';
import { benchDenseNN, type DenseNNBench, largeCase } from './bench.js';

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

export function denseNNCommand(): Command {
  return new Command('dense-nn')
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
}

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
