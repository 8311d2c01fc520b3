const bitsOfLargest = 0x7bff;
const bitsOfNaN = 0x7e00;
/** As float32: 65504, the largest half; 2⁻¹⁴, the smallest normal one; infinity. */
const largest = 0x477fe000;
const smallestNormal = 0x38800000;
const infinity = 0x7f800000;

/**
 * Numbers rounded to half precision (IEEE binary16): to the nearest one, and to the even one of two as near. What lies
 * beyond ±65504, infinity included, becomes ±65504; NaN stays NaN; what is nearer to zero than 3e-8 becomes zero.
 *
 * @returns the 16 bits of each, as F16 of safetensors has them
 */
export function toHalfBits(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const sign = (words[i]! >>> 16) & 0x8000;
    const magnitude = words[i]! & 0x7fffffff;
    if (magnitude >= largest) bits[i] = sign | (magnitude > infinity ? bitsOfNaN : bitsOfLargest);
    else bits[i] = sign | (magnitude < smallestNormal ? subnormalBits(magnitude) : normalBits(magnitude));
  }
  return bits;
}

/** The exponent counts from −15 instead of −127 and the fraction keeps 10 of 23 bits; a carry goes into the exponent. */
function normalBits(magnitude: number): number {
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return (rounded >>> 13) - (112 << 10);
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** Multiples of 2⁻²⁴. That is as fine as float32 gets beside 0.5: adding it rounds, and the last bits are the count. */
function subnormalBits(magnitude: number): number {
  word[0] = magnitude;
  float[0] = float[0]! + 0.5;
  return word[0]! & 0x7ff;
}

let numbers: Float32Array | undefined;

/** The numbers that 16 bits of half precision each stand for. */
export function fromHalfBits(bits: Uint16Array): Float32Array {
  numbers ??= Float32Array.from({ length: 2 ** 16 }, (_, pattern) => halfToNumber(pattern));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = numbers[bits[i]!]!;
  return values;
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
