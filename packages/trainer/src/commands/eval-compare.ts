import { Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { type Comparison, compare, describeEvaluation } from '../evaluations/comparison.js';
import { percentOf } from '../evaluations/record.js';
import { listEvaluations, readEvaluation } from '../evaluations/saved.js';
import { formats, tableText } from '../table-text.js';

interface Flags {
  format: keyof typeof formats;
  protocol?: string;
  json?: boolean;
}

/** `cribo eval compare`. */
export function evalCompareCommand(): Command {
  return new Command('compare')
    .description('put the evaluations kept for several checkpoints into one table; only like is set beside like')
    .argument('<runs...>', 'run folders with evaluations, or folders of single evaluations')
    .option('--protocol <name>', 'only evaluations of this kind, such as dense-nn')
    .addOption(new Option('--format <name>', 'form of the table').choices(Object.keys(formats)).default('text'))
    .option('--json', 'print the table as JSON on stdout')
    .addHelpText(
      'after',
      `
A row for every network, columns for every way of evaluating: data and all settings have to be the same.

  cribo eval compare runs/a runs/b
  cribo eval compare runs/a runs/b --protocol dense-nn --format markdown > table.md`,
    )
    .action(run);
}

function run(folders: string[], { format, protocol, json }: Flags): void {
  const found = folders.flatMap((folder) => {
    const single = readEvaluation(folder);
    const evaluations = single === undefined ? listEvaluations(folder) : [single];
    if (evaluations.length === 0) {
      throw new InputError(`${folder} holds no evaluation; cribo eval keeps them in the folder of the run.`);
    }
    return evaluations.map(({ result }) => result);
  });
  const results = found.filter((result) => protocol === undefined || result.protocol === protocol);
  if (results.length === 0) {
    const there = [...new Set(found.map((result) => result.protocol))].join(', ');
    throw new InputError(`--protocol is ${protocol}, expected one of those that were evaluated: ${there}.`);
  }
  const comparison = compare(results);
  process.stdout.write(json ? `${JSON.stringify(comparison, null, 2)}\n` : text(comparison, format));
}

/** The table, and below it what its columns mean. */
function text({ evaluations, networks }: Comparison, format: keyof typeof formats): string {
  const names = evaluations.map(({ protocol }, i) => {
    const alike = evaluations.filter((other) => other.protocol === protocol);
    return alike.length === 1 ? protocol : `${protocol} (${alike.indexOf(evaluations[i]!) + 1})`;
  });
  const head = evaluations.flatMap(({ columns }, i) => columns.map((column) => `${names[i]} ${column}`));
  const rows = networks.map(({ run, step, weights, figures }) => [
    run,
    weights,
    String(step),
    ...figures.flat().map((figure) => (figure === null ? '' : percentOf(figure))),
  ]);
  const table = tableText([['run', 'weights', 'step', ...head], ...rows], format);
  if (format === 'csv') return table;
  const legend = evaluations.map((evaluation, i) => `${names[i]}: ${describeEvaluation(evaluation, evaluations)}`);
  return `${table}\nAll numbers in %.\n${legend.join('\n')}\n`;
}
