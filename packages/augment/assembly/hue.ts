// Turns the hue by way of 8-bit hue, saturation and value. ../src/hue.ts computes some steps in doubles; float32 and
// integers give the same bytes for every colour (a test goes through all 2^24).

import { toFloat } from './lanes';

/** Turns every pixel of three planes by `shift` / 255 of the circle, `shift` 0 … 255. */
export function hue(image: usize, plane: usize, shift: i32): void {
  const turn = i16x8.splat(<i16>shift);
  const end = image + plane;
  for (; image < end; image += 16) hue16(image, image + plane, image + 2 * plane, turn);
}

function hue16(redAt: usize, greenAt: usize, blueAt: usize, turn: v128): void {
  const red = v128.load(redAt);
  const green = v128.load(greenAt);
  const blue = v128.load(blueAt);
  const value = i8x16.max_u(i8x16.max_u(red, green), blue);
  const range = i8x16.sub(value, i8x16.min_u(i8x16.min_u(red, green), blue));

  // The sector of the colour circle is base + a - b, where a and b are (value - channel) / range of the two channels that
  // do not decide the base. One of them always is 1, so it is corner - signed / range with corner = base ± 1.
  const isRed = i8x16.eq(red, value);
  const isGreen = i8x16.eq(green, value);
  const a = i8x16.sub(value, select(isRed, blue, select(isGreen, red, green)));
  const b = i8x16.sub(value, select(isRed, green, select(isGreen, blue, red)));
  const base = select(isRed, i8x16.splat(0), select(isGreen, i8x16.splat(2), i8x16.splat(4)));
  const isNegative = i8x16.lt_u(a, b);
  const corner = i8x16.add(base, select(isNegative, i8x16.splat(-1), i8x16.splat(1)));
  const middle = i8x16.min_u(a, b);

  const valueA = v128.extend_low<u8>(value);
  const valueB = v128.extend_high<u8>(value);
  const rangeA = v128.extend_low<u8>(range);
  const rangeB = v128.extend_high<u8>(range);
  const signedA = negateWhere(v128.extend_low<i8>(isNegative), v128.extend_low<u8>(middle));
  const signedB = negateWhere(v128.extend_high<i8>(isNegative), v128.extend_high<u8>(middle));
  const saturationA = saturation8(rangeA, valueA);
  const saturationB = saturation8(rangeB, valueB);
  const angleA = turned8(hue8(v128.extend_low<i8>(corner), signedA, rangeA), turn);
  const angleB = turned8(hue8(v128.extend_high<i8>(corner), signedB, rangeB), turn);
  const indexA = div255(angleA);
  const indexB = div255(angleB);

  const index = v128.narrow<u16>(indexA, indexB);
  const low = v128.narrow<u16>(low8(valueA, saturationA), low8(valueB, saturationB));
  const between = v128.narrow<u16>(
    between8(valueA, i16x8.mul(saturationA, ramp8(angleA, indexA))),
    between8(valueB, i16x8.mul(saturationB, ramp8(angleB, indexB))),
  );

  // (r, g, b) by index: (v, b, l) (b, v, l) (l, v, b) (l, b, v) (b, l, v) (v, l, b) (v, b, l)
  const redHigh = v128.swizzle(i8x16(-1, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0), index);
  const redBetween = v128.swizzle(i8x16(0, -1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), index);
  const greenHigh = v128.swizzle(i8x16(0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), index);
  const greenBetween = v128.swizzle(i8x16(-1, 0, 0, -1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0), index);
  const blueHigh = v128.swizzle(i8x16(0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), index);
  const blueBetween = v128.swizzle(i8x16(0, 0, -1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), index);
  v128.store(redAt, select(redHigh, value, select(redBetween, between, low)));
  v128.store(greenAt, select(greenHigh, value, select(greenBetween, between, low)));
  v128.store(blueAt, select(blueHigh, value, select(blueBetween, between, low)));
}

function select(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask);
}

/** Numbers of 16 bits, negated where the mask is set. */
function negateWhere(mask: v128, numbers: v128): v128 {
  return i16x8.sub(v128.xor(numbers, mask), mask);
}

/** floor(x / 255) of 16-bit numbers up to 65152. */
function div255(x: v128): v128 {
  return i16x8.shr_u(i16x8.add(i16x8.add(x, i16x8.splat(1)), i16x8.shr_u(x, 8)), 8);
}

/** trunc(255 · range / value), 0 for black. */
function saturation8(range: v128, value: v128): v128 {
  return v128.narrow<i32>(
    saturation4(v128.extend_low<i16>(range), v128.extend_low<i16>(value)),
    saturation4(v128.extend_high<i16>(range), v128.extend_high<i16>(value)),
  );
}

function saturation4(range: v128, value: v128): v128 {
  return v128.trunc_sat<i32>(f32x4.mul(f32x4.div(toFloat(range), toFloat(value)), f32x4.splat(255)));
}

/** trunc(255 · (sector / 6 mod 1)), sector = corner - signed / range. Gray has no sector, but no saturation either. */
function hue8(corner: v128, signed: v128, range: v128): v128 {
  return v128.narrow<i32>(
    hue4(v128.extend_low<i16>(corner), v128.extend_low<i16>(signed), v128.extend_low<i16>(range)),
    hue4(v128.extend_high<i16>(corner), v128.extend_high<i16>(signed), v128.extend_high<i16>(range)),
  );
}

function hue4(corner: v128, signed: v128, range: v128): v128 {
  const sector = f32x4.sub(toFloat(corner), f32x4.div(toFloat(signed), toFloat(range)));
  const turns = f32x4.div(sector, f32x4.splat(6));
  const positive = f32x4.add(turns, v128.and(f32x4.lt(turns, f32x4.splat(0)), f32x4.splat(1)));
  return v128.trunc_sat<i32>(f32x4.mul(positive, f32x4.splat(255)));
}

/** Six times the turned hue: the sector times 255. */
function turned8(before: v128, turn: v128): v128 {
  return i16x8.mul(v128.and(i16x8.add(before, turn), i16x8.splat(255)), i16x8.splat(6));
}

/** How far from `value` the channel between has come, in 255ths: it falls in odd sectors and rises in even ones. */
function ramp8(angle: v128, index: v128): v128 {
  const share = i16x8.sub(angle, i16x8.mul(index, i16x8.splat(255)));
  const isOdd = i16x8.eq(v128.and(index, i16x8.splat(1)), i16x8.splat(1));
  return select(isOdd, share, i16x8.sub(i16x8.splat(255), share));
}

/** round(value · (1 - saturation / 255)). */
function low8(value: v128, saturation: v128): v128 {
  return div255(i16x8.add(i16x8.mul(value, i16x8.sub(i16x8.splat(255), saturation)), i16x8.splat(127)));
}

/** round(value · (1 - product / 255^2)), product = saturation · ramp. */
function between8(value: v128, product: v128): v128 {
  const rest = i16x8.sub(i16x8.splat(<i16>65025), product);
  return v128.narrow<i32>(
    between4(v128.extend_low<u16>(value), v128.extend_low<u16>(rest)),
    between4(v128.extend_high<u16>(value), v128.extend_high<u16>(rest)),
  );
}

/** The dividend stays below 2^24, where float32 is exact, and no quotient is rounded to another whole number. */
function between4(value: v128, rest: v128): v128 {
  const dividend = f32x4.add(f32x4.mul(toFloat(value), toFloat(rest)), f32x4.splat(32512));
  return v128.trunc_sat<i32>(f32x4.mul(dividend, f32x4.splat(1.0 / 65025.0)));
}
