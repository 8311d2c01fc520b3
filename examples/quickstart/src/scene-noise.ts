/** A number in [0, 1) that depends only on the three integers. */
export function hashNoise(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Smooth noise in [0, 1) with features of about one unit. */
export function smoothNoise(x: number, y: number, seed: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const u = ease(x - x0);
  const v = ease(y - y0);
  const top = mix(hashNoise(x0, y0, seed), hashNoise(x0 + 1, y0, seed), u);
  const bottom = mix(hashNoise(x0, y0 + 1, seed), hashNoise(x0 + 1, y0 + 1, seed), u);
  return mix(top, bottom, v);
}

export function mix(a: number, b: number, t: number): number {
  return a + t * (b - a);
}

const ease = (t: number): number => t * t * (3 - 2 * t);
