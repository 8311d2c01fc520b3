import { Command } from 'commander';
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

await program.parseAsync();
process.exit();
