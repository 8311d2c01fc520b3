/** Inverts every byte that is at least `threshold`, 0 … 255. */
export function solarize(image: usize, bytes: usize, threshold: i32): void {
  const from = i8x16.splat(<i8>threshold);
  const end = image + bytes;
  for (; image < end; image += 16) {
    const value = v128.load(image);
    // 255 - v is v with all bits inverted.
    v128.store(image, v128.xor(value, i8x16.ge_u(value, from)));
  }
}
