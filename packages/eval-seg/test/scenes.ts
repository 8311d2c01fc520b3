import type { SegDataset } from '../src/index.js';
import { numbers } from './numbers.js';

/** Colour of every class, far apart, so that the mean colour of a patch gives its class away. */
const colours = [
  [20, 20, 20],
  [230, 30, 30],
  [30, 230, 30],
  [30, 30, 230],
] as const;

/** Pictures of one coloured rectangle on a dark ground with a void border, drawn from a seed. */
export function scenes(name: string, count: number, seed: number, size = 40): SegDataset {
  return {
    name,
    classes: ['ground', 'red', 'green', 'blue'],
    ignoreLabel: 255,
    length: count,
    item: async (index) => {
      const next = numbers(seed * 1000 + index);
      const label = 1 + (index % 3);
      const [left, top] = [Math.floor(next() * size * 0.5), Math.floor(next() * size * 0.5)];
      const extent = Math.floor(size * (0.3 + next() * 0.2));
      const data = new Uint8Array(size * size * 3);
      const labels = new Uint8Array(size * size);
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const inside = x >= left && x < left + extent && y >= top && y < top + extent;
          const edge = x === 0 || y === 0;
          labels[y * size + x] = edge ? 255 : inside ? label : 0;
          colours[inside ? label : 0]!.forEach((value, c) => {
            data[(y * size + x) * 3 + c] = Math.min(255, value + next() * 20);
          });
        }
      }
      return {
        id: `${name}-${index}`,
        image: { width: size, height: size, data },
        mask: { width: size, height: size, data: labels },
      };
    },
  };
}
