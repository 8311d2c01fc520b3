import { Command, Option } from 'commander';
import { whole } from '../../../packages/trainer/src/commands/number-flags.js';
import { type BackendFlags, withBackendFlags } from '../backend-flags.js';
import { environment } from '../environment.js';
import { inOwnProcess } from '../measure/own-process.js';

interface Flags extends BackendFlags {
  side: number;
  clusters: number;
  images: number;
  variant: 'paper' | 'released';
  nearest: 'grid' | 'all-pairs';
  repeats: number;
}

export function clusteringCommand(): Command {
  return withBackendFlags(new Command('clustering'))
    .description('one joint clustering of tokens of 384 numbers: elapsed and processor time, peak memory')
    .option('--side <n>', 'patches along a side of a view', whole, 14)
    .option('--clusters <k>', 'clusters per image', whole, 32)
    .option('--images <n>', 'images of the batch', whole, 8)
    .addOption(new Option('--variant <name>', 'form of the method').choices(['paper', 'released']).default('paper'))
    .addOption(
      new Option('--nearest <how>', 'how nearest members are found').choices(['grid', 'all-pairs']).default('grid'),
    )
    .option('--repeats <n>', 'calls after the one that compiles', whole, 9)
    .action(async ({ backend, threads, nearest, ...request }: Flags) => {
      const measured = await inOwnProcess('clustering', {
        ...request,
        backend: { name: backend, ...(threads !== undefined && { threads }) },
        grid: nearest === 'grid',
        dim: 384,
      });
      const result = { ...environment(), backend, nearest, ...request, ...measured };
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    });
}
