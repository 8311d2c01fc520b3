import { loadWide } from './lanes';

/** Luma of eight pixels as 16-bit numbers: (19595 R + 38470 G + 7471 B + 2^15) >> 16. */
export function luma8(red: v128, green: v128, blue: v128): v128 {
  const r = i16x8.splat(19595);
  const g = i16x8.splat(<i16>38470);
  const b = i16x8.splat(7471);
  const half = i32x4.splat(1 << 15);
  const left = i32x4.add(
    i32x4.add(v128.extmul_low<u16>(red, r), v128.extmul_low<u16>(green, g)),
    i32x4.add(v128.extmul_low<u16>(blue, b), half),
  );
  const right = i32x4.add(
    i32x4.add(v128.extmul_high<u16>(red, r), v128.extmul_high<u16>(green, g)),
    i32x4.add(v128.extmul_high<u16>(blue, b), half),
  );
  return v128.narrow<i32>(i32x4.shr_u(left, 16), i32x4.shr_u(right, 16));
}

/** Luma of eight pixels whose red bytes lie at `at`. */
export function lumaAt(at: usize, plane: usize): v128 {
  return luma8(loadWide(at), loadWide(at + plane), loadWide(at + 2 * plane));
}

/** The sum of the luma of all pixels. */
export function lumaSum(image: usize, plane: usize, stride: usize, width: i32, height: i32): f64 {
  let sum: u64 = 0;
  for (let y = 0; y < height; y++) {
    let row = i32x4.splat(0);
    for (let x = 0; x < width; x += 8) {
      // Lanes beyond the width count as 0: pixel x + lane is inside while lane < width - x.
      const lanes = i16x8(0, 1, 2, 3, 4, 5, 6, 7);
      const inside = i16x8.lt_s(lanes, i16x8.splat(<i16>min(width - x, 8)));
      const luma = v128.and(lumaAt(image + <usize>x, plane), inside);
      row = i32x4.add(row, i32x4.dot_i16x8_s(luma, i16x8.splat(1)));
    }
    sum += i32x4.extract_lane(row, 0) + i32x4.extract_lane(row, 1);
    sum += i32x4.extract_lane(row, 2) + i32x4.extract_lane(row, 3);
    image += stride;
  }
  return <f64>sum;
}

/** Replaces all three channels by the luma. */
export function grayscale(image: usize, plane: usize): void {
  const end = image + plane;
  for (; image < end; image += 16) {
    const luma = v128.narrow<u16>(lumaAt(image, plane), lumaAt(image + 8, plane));
    v128.store(image, luma);
    v128.store(image + plane, luma);
    v128.store(image + 2 * plane, luma);
  }
}
