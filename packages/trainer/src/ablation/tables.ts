import { percentOf } from '../evaluations/record.js';
import { formats, tableText } from '../table-text.js';
import type { AblationResult } from './result.js';

type Shown = Omit<AblationResult, 'files'>;

/** The table for people, as rows of cells: figures in percent, the best of every column marked where that is asked for. */
function tableRows({ columns, rows }: Shown, best: (text: string) => string = (text) => text): string[][] {
  const names = rows[0]?.figures.map(({ name }) => name) ?? [];
  const highest = names.map((_, i) => Math.max(...rows.map(({ figures }) => figures[i]!.value ?? -1)));
  return [
    ['row', ...columns, ...names, 'time'],
    ...rows.map(({ name, cells, figures, seconds }) => [
      name,
      ...cells,
      ...figures.map((figure, i) => (figure.value === highest[i] ? best(percentOf(figure)) : percentOf(figure))),
      seconds === undefined ? '–' : duration(seconds),
    ]),
  ];
}

/** What the numbers of the table are, in sentences. */
export function legend({ memory, query, seeds }: Shown): string {
  const data = `${query.name} (${query.images} images) labelled from ${memory.name} (${memory.images} images)`;
  const over = seeds > 1 ? ` Mean ± standard deviation over ${seeds} seeds.` : '';
  return `mIoU in % by dense nearest-neighbour retrieval: ${data}.${over} Time of pretraining${seeds > 1 ? ', mean per run' : ''}.`;
}

/** The table as a Markdown page, the best figure of every column in bold. */
export const markdownPage = (result: Shown): string =>
  `# ${result.title}\n\n${tableText(
    tableRows(result, (text) => `**${text}**`),
    'markdown',
  )}\n${legend(result)}\n`;

/** The table as CSV: shares of 1 and seconds as plain numbers. */
export function csvTable({ columns, rows }: Shown): string {
  const names = rows[0]?.figures.map(({ name }) => name) ?? [];
  const number = (value: number | null | undefined) => (value == null ? '' : String(value));
  return tableText(
    [
      ['row', ...columns, 'runs', ...names.flatMap((name) => [name, `${name} std`]), 'seconds'],
      ...rows.map(({ name, cells, runs, figures, seconds }) => [
        name,
        ...cells,
        String(runs.length),
        ...figures.flatMap(({ value, std }) => [number(value), number(std)]),
        number(seconds),
      ]),
    ],
    'csv',
  );
}

/** The table as lines for a terminal. */
export const textLines = (result: Shown): string[] => [
  `${result.title}`,
  ...formats.text(tableRows(result)),
  legend(result),
];

/** Such as `45 s`, `3 min 05 s` or `2 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
