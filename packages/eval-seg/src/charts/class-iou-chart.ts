import { label, picture, widthOf } from './svg.js';

/**
 * The IoU of every class as an SVG bar chart, best first, and their mean as a line. Classes that are nowhere (`null`) are left out.
 * @param classes name of every class
 * @param iou one share of 1 per class, or `null`
 * @throws Error if there is not one number per class
 */
export function classIouChart(classes: readonly string[], iou: readonly (number | null)[]): string {
  if (iou.length !== classes.length) {
    throw new Error(`iou: got ${iou.length} numbers, wanted ${classes.length}, one per class`);
  }
  const bars = iou
    .flatMap((value, c) => (value === null ? [] : [{ name: classes[c]!, value }]))
    .sort((a, b) => b.value - a.value);
  const names = bars.map(({ name }) => name);
  const mean = bars.reduce((sum, { value }) => sum + value, 0) / Math.max(1, bars.length);
  const [row, length, top] = [22, 420, 40];
  const left = widthOf(names, 12) + 16;
  const height = bars.length * row;
  const at = left + mean * length;
  return picture(left + length + 64, top + height + 34, [
    label(8, 20, 'IoU of every class, %', { size: 14 }),
    ...[0, 25, 50, 75, 100].flatMap((percent) => {
      const x = left + (percent / 100) * length;
      return [
        `<line x1="${x}" y1="${top - 6}" x2="${x}" y2="${top + height}" stroke="#e2e5ea"/>`,
        label(x, top + height + 16, String(percent), { anchor: 'middle', size: 11, fill: '#59626e' }),
      ];
    }),
    ...bars.flatMap(({ name, value }, i) => [
      label(left - 8, top + i * row + 14, name, { anchor: 'end' }),
      `<rect x="${left}" y="${top + i * row + 2}" width="${(value * length).toFixed(2)}" height="${row - 6}" fill="#2f5fd0"/>`,
      label(left + value * length + 6, top + i * row + 14, (100 * value).toFixed(1), { size: 11 }),
    ]),
    `<line x1="${at}" y1="${top - 6}" x2="${at}" y2="${top + height}" stroke="#cf6a1c" stroke-dasharray="4 3"/>`,
    label(at, top + height + 30, `mean ${(100 * mean).toFixed(1)}`, { anchor: 'middle', size: 11, fill: '#cf6a1c' }),
  ]);
}
