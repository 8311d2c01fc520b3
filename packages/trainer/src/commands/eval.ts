import { Command } from 'commander';
import { evalCompareCommand } from './eval-compare.js';
import { evalDenseNNCommand } from './eval-dense-nn.js';
import { evalLinearCommand } from './eval-linear.js';

/** `cribo eval`: one command below it for every protocol, and one that compares. */
export function evalCommand(): Command {
  const command = new Command('eval').description('evaluate the features of a checkpoint');
  for (const protocol of [evalDenseNNCommand(), evalLinearCommand()]) command.addCommand(protocol);
  command.addCommand(evalCompareCommand());
  return command;
}
