import { Command } from 'commander';
import { evalCompareCommand } from './eval-compare.js';
import { evalDenseNNCommand } from './eval-dense-nn.js';
import { evalKnnCommand } from './eval-knn.js';
import { evalLinearCommand } from './eval-linear.js';
import { evalSegmenterCommand } from './eval-segmenter.js';
import { evalYolosCommand } from './eval-yolos.js';

/** `cribo eval`: one command below it for every protocol, and one that compares. */
export function evalCommand(): Command {
  const command = new Command('eval').description('evaluate the features of a checkpoint');
  const protocols = [
    evalDenseNNCommand(),
    evalLinearCommand(),
    evalSegmenterCommand(),
    evalKnnCommand(),
    evalYolosCommand(),
  ];
  for (const protocol of protocols) command.addCommand(protocol);
  command.addCommand(evalCompareCommand());
  return command;
}
