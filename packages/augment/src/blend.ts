/**
 * `from + factor * (to - from)` of two bytes, truncated and clamped to a byte. Each product and sum is rounded to
 * float32, as Pillow computes them; `factor` must already be a float32 value.
 */
export function blend(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(factor * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

/** The 256 bytes that `blend` from a constant gives. */
export function blendTable(from: number, factor: number): Uint8Array {
  const rounded = Math.fround(factor);
  return Uint8Array.from({ length: 256 }, (_, to) => blend(from, to, rounded));
}
