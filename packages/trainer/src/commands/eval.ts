import { Command } from 'commander';
import { evalDenseNNCommand } from './eval-dense-nn.js';
import { evalLinearCommand } from './eval-linear.js';

/** `cribo eval`: one command below it for every protocol. */
export function evalCommand(): Command {
  const command = new Command('eval').description('evaluate the features of a checkpoint');
  for (const protocol of [evalDenseNNCommand(), evalLinearCommand()]) command.addCommand(protocol);
  return command;
}
