/** Luma of an RGB pixel (ITU-R 601 weights in 16-bit fixed point), 0 … 255. */
export function luma(r: number, g: number, b: number): number {
  return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
}
