/** Eight bytes to eight 16-bit numbers. */
export function loadWide(at: usize): v128 {
  return v128.load_ext<u8>(at);
}

export function toFloat(value: v128): v128 {
  return f32x4.convert_i32x4_s(value);
}

/** Sixteen numbers of 32 bits, clamped to bytes. */
export function narrow16(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.narrow<u16>(v128.narrow<i32>(a, b), v128.narrow<i32>(c, d));
}
