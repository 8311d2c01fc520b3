import { Command } from 'commander';
import { replayStep } from '../replay.js';
import { printResult } from './output.js';

export function replayCommand(): Command {
  return new Command('replay')
    .description('take the step of a dump (RUN/not-finite-step-…) again and show where values stop being finite')
    .argument('<dump>', 'the folder that a run with a loss that is not finite has left')
    .option('--backend <name>', 'another backend than the run\'s, to compare; see "cribo backends"')
    .option('--json', 'print the result as JSON on stdout')
    .action(run);
}

async function run(dump: string, flags: { backend?: string; json?: boolean }): Promise<void> {
  const result = await replayStep(dump, flags.backend);
  const { step, report, tensors, files } = result;
  const first = tensors.find(({ notFinite }) => notFinite > 0);
  printResult(flags.json ?? false, result, () => [
    `Step ${step} on ${files.length} images: loss ${report.loss}, gradient norm ${report.gradNorm}.`,
    first === undefined
      ? 'Every tensor of the step is finite.'
      : `The first values that are not finite are ${first.notFinite} of ${first.shape.join('×')} in ${first.phase}/${first.name}.`,
    ...tensors.map(
      ({ phase, name, shape, notFinite, largest }) =>
        `  ${`${phase}/${name}`.padEnd(52)} ${shape.join('×').padEnd(16)} largest ${largest.toPrecision(4).padEnd(11)}${notFinite > 0 ? ` not finite: ${notFinite}` : ''}`,
    ),
  ]);
}
