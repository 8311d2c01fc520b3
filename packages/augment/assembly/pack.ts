// From three planes to the interleaved RGB that the package gives out.

/** Interleaved bytes, `[height, width, 3]`. */
export function toBytes(image: usize, plane: usize, stride: usize, width: usize, height: i32, target: usize): void {
  for (let y = 0; y < height; y++) {
    for (let x: usize = 0; x < width; x++) {
      const at = image + x;
      store<u8>(target, load<u8>(at));
      store<u8>(target, load<u8>(at + plane), 1);
      store<u8>(target, load<u8>(at + 2 * plane), 2);
      target += 3;
    }
    image += stride;
  }
}

/** Interleaved float32, `[height, width, 3]`; `tables` holds the 256 values of red, then of green, then of blue. */
export function toFloats(
  image: usize,
  plane: usize,
  stride: usize,
  width: usize,
  height: i32,
  tables: usize,
  target: usize,
): void {
  for (let y = 0; y < height; y++) {
    for (let x: usize = 0; x < width; x++) {
      const at = image + x;
      store<f32>(target, load<f32>(tables + ((<usize>load<u8>(at)) << 2)));
      store<f32>(target, load<f32>(tables + ((<usize>load<u8>(at + plane)) << 2), 1024), 4);
      store<f32>(target, load<f32>(tables + ((<usize>load<u8>(at + 2 * plane)) << 2), 2048), 8);
      target += 12;
    }
    image += stride;
  }
}
