/** Eight bytes to eight 16-bit numbers. */
export function loadWide(at: usize): v128 {
  return v128.load_ext<u8>(at);
}

/** Four bytes to four 32-bit numbers. */
export function load4(at: usize): v128 {
  return v128.extend_low<u16>(v128.extend_low<u8>(v128.load_zero<u32>(at)));
}

/** Four numbers of 32 bits, clamped to bytes. */
export function store4(at: usize, value: v128): void {
  const narrow = v128.narrow<i32>(value, value);
  v128.store_lane<u32>(at, v128.narrow<u16>(narrow, narrow), 0);
}

/** Sixteen numbers of 32 bits, clamped to bytes. */
export function narrow16(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.narrow<u16>(v128.narrow<i32>(a, b), v128.narrow<i32>(c, d));
}
