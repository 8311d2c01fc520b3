import { hashNoise, mix, smoothNoise } from './scene-noise.js';

/** A ground texture: a gray value in [0, 1] between the ground's two colours; `x` and `y` in pixels. */
export type Ground = (x: number, y: number, seed: number) => number;

/** Clouds, sand, grass and planks. */
export const grounds: readonly Ground[] = [
  (x, y, seed) =>
    0.55 * smoothNoise(x / 30, y / 30, seed) +
    0.3 * smoothNoise(x / 12, y / 12, seed + 1) +
    0.15 * smoothNoise(x / 4, y / 4, seed + 2),
  (x, y, seed) => mix(smoothNoise(x / 40, y / 40, seed), hashNoise(Math.floor(x), Math.floor(y), seed), 0.6),
  (x, y, seed) => mix(smoothNoise(x / 25, y / 25, seed), smoothNoise(x / 1.6 + y / 9, y / 7, seed + 1), 0.65),
  (x, y, seed) => {
    const plank = Math.floor(y / 21);
    const grain = smoothNoise(x / 20 + 40 * hashNoise(plank, 0, seed), y / 1.8, seed + 1);
    return y - plank * 21 < 1.2 ? 0 : mix(hashNoise(plank, 1, seed), grain, 0.45);
  },
];
