// Turns the hue by way of 8-bit hue, saturation and value. Where ../src/hue.ts computes in doubles, float32 and integers
// give the same bytes for all 2^24 colours and 256 turns; the quotients below are derived beside each step.

import { load4, store4 } from './lanes';

function select(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask);
}

function toFloat(value: v128): v128 {
  return f32x4.convert_i32x4_s(value);
}

/** Turns every pixel of three planes by `shift` / 255 of the circle, `shift` 0 … 255. */
export function hue(image: usize, plane: usize, shift: i32): void {
  const turn = i32x4.splat(shift);
  const end = image + plane;
  for (; image < end; image += 4) hue4(image, image + plane, image + 2 * plane, turn);
}

function hue4(redAt: usize, greenAt: usize, blueAt: usize, turn: v128): void {
  const red = load4(redAt);
  const green = load4(greenAt);
  const blue = load4(blueAt);
  const value = i32x4.max_s(i32x4.max_s(red, green), blue);
  const range = i32x4.sub(value, i32x4.min_s(i32x4.min_s(red, green), blue));

  // Saturation: trunc(255 · range / value); 0 / 0 becomes 0.
  const saturation = v128.trunc_sat<i32>(f32x4.mul(f32x4.div(toFloat(range), toFloat(value)), f32x4.splat(255)));

  // Sector of the colour circle: base + a - b with a, b = (value - channel) / range, of which one is always 1.
  const isRed = i32x4.eq(red, value);
  const isGreen = i32x4.eq(green, value);
  const a = i32x4.sub(value, select(isRed, blue, select(isGreen, red, green)));
  const b = i32x4.sub(value, select(isRed, green, select(isGreen, blue, red)));
  const base = select(isRed, f32x4.splat(0), select(isGreen, f32x4.splat(2), f32x4.splat(4)));
  const sign = select(i32x4.ge_s(a, b), f32x4.splat(1), f32x4.splat(-1));
  const middle = f32x4.div(toFloat(i32x4.min_s(a, b)), toFloat(range));
  const sector = f32x4.sub(f32x4.add(base, sign), f32x4.mul(sign, middle));

  // Hue: trunc(255 · (sector / 6 mod 1)), turned. Gray has no sector (0 / 0), but its saturation is 0.
  const turns = f32x4.div(sector, f32x4.splat(6));
  const positive = f32x4.add(turns, v128.and(f32x4.lt(turns, f32x4.splat(0)), f32x4.splat(1)));
  const before = v128.trunc_sat<i32>(f32x4.mul(positive, f32x4.splat(255)));
  const angle = i32x4.mul(v128.and(i32x4.add(before, turn), i32x4.splat(255)), i32x4.splat(6));

  // Back: index = floor(angle / 255), share = angle mod 255; x / 255 is (257 x + 257) >> 16 for x up to 1530.
  const index = i32x4.shr_u(i32x4.mul(i32x4.add(angle, i32x4.splat(1)), i32x4.splat(257)), 16);
  const share = i32x4.sub(angle, i32x4.mul(index, i32x4.splat(255)));
  const isOdd = i32x4.eq(v128.and(index, i32x4.splat(1)), i32x4.splat(1));
  const ramp = select(isOdd, share, i32x4.sub(i32x4.splat(255), share));

  // low = round(value · (1 - s / 255)), between = round(value · (1 - s · ramp / 255^2)); the dividends stay below 2^24,
  // where float32 is exact, and no quotient comes closer to a whole number than float32 can tell.
  const lowDividend = i32x4.add(i32x4.mul(value, i32x4.sub(i32x4.splat(255), saturation)), i32x4.splat(127));
  const low = v128.trunc_sat<i32>(f32x4.div(toFloat(lowDividend), f32x4.splat(255)));
  const rest = i32x4.sub(i32x4.splat(65025), i32x4.mul(saturation, ramp));
  const dividend = i32x4.add(i32x4.mul(value, rest), i32x4.splat(32512));
  const between = v128.trunc_sat<i32>(f32x4.div(toFloat(dividend), f32x4.splat(65025)));

  // index 0 … 6: (v, b, l) (b, v, l) (l, v, b) (l, b, v) (b, l, v) (v, l, b) (v, b, l)
  store4(redAt, pick(index, value, between, low, 0, 5, 6, 1, 4, 4));
  store4(greenAt, pick(index, value, between, low, 1, 2, 2, 0, 3, 6));
  store4(blueAt, pick(index, value, between, low, 3, 4, 4, 2, 5, 5));
}

/** `high` where `index` is one of the first three numbers, `between` where it is one of the last three, else `low`. */
function pick(
  index: v128,
  high: v128,
  between: v128,
  low: v128,
  highA: i32,
  highB: i32,
  highC: i32,
  betweenA: i32,
  betweenB: i32,
  betweenC: i32,
): v128 {
  return select(
    isOneOf(index, highA, highB, highC),
    high,
    select(isOneOf(index, betweenA, betweenB, betweenC), between, low),
  );
}

function isOneOf(index: v128, a: i32, b: i32, c: i32): v128 {
  const first = v128.or(i32x4.eq(index, i32x4.splat(a)), i32x4.eq(index, i32x4.splat(b)));
  return v128.or(first, i32x4.eq(index, i32x4.splat(c)));
}
