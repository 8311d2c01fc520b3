import { loadWide, narrow16, toFloat } from './lanes';
import { lumaAt } from './luma';

/** clamp(trunc(from + factor · (to - from))) of four numbers, every product and sum rounded to float32. */
function blend4(from: v128, to: v128, factor: v128): v128 {
  const start = toFloat(from);
  const difference = toFloat(i32x4.sub(to, from));
  return v128.trunc_sat<i32>(f32x4.add(start, f32x4.mul(factor, difference)));
}

/** Sixteen bytes at `at` blended from sixteen numbers of 16 bits. */
function blend16(fromLeft: v128, fromRight: v128, at: usize, factor: v128): void {
  const left = loadWide(at);
  const right = loadWide(at + 8);
  v128.store(
    at,
    narrow16(
      blend4(v128.extend_low<u16>(fromLeft), v128.extend_low<u16>(left), factor),
      blend4(v128.extend_high<u16>(fromLeft), v128.extend_high<u16>(left), factor),
      blend4(v128.extend_low<u16>(fromRight), v128.extend_low<u16>(right), factor),
      blend4(v128.extend_high<u16>(fromRight), v128.extend_high<u16>(right), factor),
    ),
  );
}

/** Brightness (from black) and contrast (from the mean luma): every byte blended from one and the same. */
export function blend(image: usize, bytes: usize, from: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  const start = i16x8.splat(<i16>from);
  const end = image + bytes;
  for (; image < end; image += 16) blend16(start, start, image, factors);
}

/** Saturation: every byte blended from the luma of its pixel. */
export function saturation(image: usize, plane: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  const end = image + plane;
  for (; image < end; image += 16) {
    const left = lumaAt(image, plane);
    const right = lumaAt(image + 8, plane);
    blend16(left, right, image, factors);
    blend16(left, right, image + plane, factors);
    blend16(left, right, image + 2 * plane, factors);
  }
}
