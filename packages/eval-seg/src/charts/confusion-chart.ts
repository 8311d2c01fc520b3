import { label, picture, widthOf } from './svg.js';

/** Beyond so many classes cells are too small for their numbers. */
const numbersUpTo = 30;

/**
 * A confusion matrix as an SVG picture: a row for every class of the ground truth, a column for every predicted one, each cell
 * coloured by its share of the row. Classes that are neither in the ground truth nor predicted are left out.
 * @param classes name of every class
 * @param counts `[classes][classes]`: rows are the ground truth, columns the prediction
 * @throws Error if the counts are not one row and one column per class
 */
export function confusionChart(classes: readonly string[], counts: readonly (readonly number[])[]): string {
  if (counts.length !== classes.length || counts.some((row) => row.length !== classes.length)) {
    throw new Error(
      `counts: got ${counts.length} rows of ${counts[0]?.length ?? 0}, wanted as many rows and columns as the ${classes.length} classes`,
    );
  }
  const sums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const present = classes.flatMap((_, c) => (sums[c]! > 0 || counts.some((row) => row[c]! > 0) ? [c] : []));
  const names = present.map((c) => classes[c]!);
  const numbers = present.length <= numbersUpTo;
  const cell = numbers ? 34 : 14;
  const font = numbers ? 12 : 9;
  const [left, top] = [widthOf(names, font) + 34, widthOf(names, font) * 0.75 + 46];
  const size = cell * present.length;
  const cells = present.flatMap((truth, y) =>
    present.flatMap((predicted, x) => {
      const share = sums[truth]! > 0 ? counts[truth]![predicted]! / sums[truth]! : 0;
      const [px, py] = [left + x * cell, top + y * cell];
      const box = `<rect x="${px}" y="${py}" width="${cell - 1}" height="${cell - 1}" fill="${shade(share)}"/>`;
      if (!numbers || share < 0.005) return [box];
      const fill = share > 0.35 ? '#ffffff' : '#15191f';
      const number = label(px + (cell - 1) / 2, py + cell / 2 + 4, String(Math.round(100 * share)), {
        anchor: 'middle',
        size: 11,
        fill,
      });
      return [box, number];
    }),
  );
  const rows = names.map((name, y) =>
    label(left - 6, top + y * cell + cell / 2 + font * 0.35, name, { anchor: 'end', size: font }),
  );
  const columns = names.map((name, x) => {
    const at = `${left + x * cell + cell / 2 + font * 0.3} ${top - 6}`;
    return `<g transform="translate(${at}) rotate(-50)">${label(0, 0, name, { size: font })}</g>`;
  });
  return picture(left + size + 0.65 * widthOf(names, font) + 12, top + size + 28, [
    label(8, 20, 'Prediction by ground truth, % of the row', { size: 14 }),
    ...cells,
    ...rows,
    ...columns,
    label(left, top + size + 18, 'predicted class →', { size: 11, fill: '#59626e' }),
    `<g transform="translate(16 ${top + size}) rotate(-90)">${label(0, 0, 'ground truth →', { size: 11, fill: '#59626e' })}</g>`,
  ]);
}

/** From white to deep blue. */
function shade(share: number): string {
  const mix = (from: number, to: number) => Math.round(from + (to - from) * Math.sqrt(share));
  return `rgb(${mix(246, 22)},${mix(247, 66)},${mix(249, 160)})`;
}
