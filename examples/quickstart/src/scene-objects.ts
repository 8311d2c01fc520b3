import { hashNoise, smoothNoise } from './scene-noise.js';

/** Where kinds of objects are found, and the range of hues of the ground there. */
export const habitats = { land: [0.06, 0.16], water: [0.49, 0.61] } as const satisfies Record<string, [number, number]>;
export type Habitat = keyof typeof habitats;

/**
 * A kind of object: what its surface and its outline look like, its colour and where it is found. Every colour belongs to
 * two kinds, one on land and one in the water, so that neither the colour nor the place alone tells what something is.
 */
export interface ObjectKind {
  readonly name: string;
  readonly habitat: Habitat;
  /** Middle of the range of hues, 0 … 1. */
  readonly hue: number;
  /** Which of the object's two colours shows at a point; `x` and `y` are in periods of the pattern. */
  pattern(x: number, y: number, seed: number): 0 | 1;
  /** Negative inside the outline, in units of the object's radius; `x` and `y` likewise. */
  outline(x: number, y: number, seed: number): number;
}

const [red, green, violet] = [0.95, 0.35, 0.78];
const fraction = (t: number): number => t - Math.floor(t);
const bit = (value: boolean): 0 | 1 => (value ? 1 : 0);
/** A zigzag between -1 and 1 of period 1. */
const triangle = (t: number): number => Math.abs(fraction(t) * 4 - 2) - 1;

export const objectKinds: readonly ObjectKind[] = [
  {
    name: 'stripes',
    habitat: 'land',
    hue: red,
    pattern: (x, y, seed) => bit(fraction(x + 0.5 * smoothNoise(x * 0.4, y * 0.4, seed)) < 0.5),
    outline: (x, y) => Math.hypot(Math.max(Math.abs(x) - 0.5, 0), y) - 0.55,
  },
  {
    name: 'checks',
    habitat: 'land',
    hue: green,
    pattern: (x, y) => bit(fraction(x) < 0.5 !== fraction(y) < 0.5),
    outline: (x, y) => Math.hypot(Math.max(Math.abs(x) - 0.6, 0), Math.max(Math.abs(y) - 0.6, 0)) - 0.25,
  },
  {
    name: 'dots',
    habitat: 'land',
    hue: violet,
    pattern(x, y) {
      const row = Math.floor(y / 0.87);
      const dx = fraction(x + (row % 2 === 0 ? 0 : 0.5)) - 0.5;
      return bit(Math.hypot(dx, y - (row + 0.5) * 0.87) < 0.3);
    },
    outline: (x, y) => Math.hypot(x, y * 1.3 * (1 + 0.15 * x)) - 1,
  },
  {
    name: 'rings',
    habitat: 'water',
    hue: red,
    pattern: (x, y) => bit(fraction(Math.hypot(x, y)) < 0.5),
    outline: (x, y) => Math.hypot(x, y) - 0.95,
  },
  {
    name: 'zigzag',
    habitat: 'water',
    hue: green,
    pattern: (x, y) => bit(fraction(y + 0.3 * triangle(x * 0.8)) < 0.45),
    outline: (x, y) => Math.max(y * 0.95 - 0.55, Math.abs(x) * 0.84 - y * 0.54 - 0.5),
  },
  {
    name: 'cells',
    habitat: 'water',
    hue: violet,
    pattern: (x, y, seed) => bit(distanceToCellWall(x, y, seed) > 0.13),
    outline(x, y, seed) {
      const angle = Math.atan2(y, x);
      const wobble = 0.14 * Math.sin(3 * angle + seed) + 0.09 * Math.sin(5 * angle + 2 * seed);
      return Math.hypot(x, y) - 0.82 - wobble;
    },
  },
];

/** How much farther the second nearest of a set of scattered points is than the nearest. */
function distanceToCellWall(x: number, y: number, seed: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  let nearest = Infinity;
  let second = Infinity;
  for (let j = row - 1; j <= row + 1; j++) {
    for (let i = column - 1; i <= column + 1; i++) {
      const dx = i + 0.15 + 0.7 * hashNoise(i, j, seed) - x;
      const dy = j + 0.15 + 0.7 * hashNoise(i, j, seed + 1) - y;
      const distance = Math.hypot(dx, dy);
      if (distance < nearest) {
        second = nearest;
        nearest = distance;
      } else if (distance < second) {
        second = distance;
      }
    }
  }
  return second - nearest;
}
