import { InputError } from '@cribo/trainer';
import { Command } from 'commander';
import { backendsCommand } from './backends/command.js';
import { clusteringCommand } from './clustering/command.js';
import { denseNNCommand } from './dense-nn/command.js';
import { loaderCommand } from './loader/command.js';
import { MeasurementFailed } from './measure/own-process.js';
import { pretrainCommand } from './pretrain/command.js';
import { scaleCommand } from './scale/command.js';
import { stepCommand } from './step/command.js';

const program = new Command('bench').description('Measurements; run as "pnpm bench <name>".');
for (const command of [
  stepCommand(),
  scaleCommand(),
  backendsCommand(),
  pretrainCommand(),
  clusteringCommand(),
  loaderCommand(),
  denseNNCommand(),
]) {
  program.addCommand(command);
}

try {
  await program.parseAsync();
  // Backends may keep threads alive.
  process.exit();
} catch (error) {
  if (!(error instanceof InputError || error instanceof MeasurementFailed)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(2);
}
