import { Command } from 'commander';
import { evalDenseNNCommand } from './eval-dense-nn.js';
import { evalKnnCommand } from './eval-knn.js';
import { evalLinearCommand } from './eval-linear.js';
import { evalYolosCommand } from './eval-yolos.js';

/** `cribo eval`: one command below it for every protocol. */
export function evalCommand(): Command {
  const command = new Command('eval').description('evaluate the features of a checkpoint');
  for (const protocol of [evalDenseNNCommand(), evalLinearCommand(), evalKnnCommand(), evalYolosCommand()])
    command.addCommand(protocol);
  return command;
}
