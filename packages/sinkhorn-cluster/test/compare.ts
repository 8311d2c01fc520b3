/** Also 64-bit integers, because the element type of a stored tensor is known at run time only. */
type Numbers = ArrayLike<number | bigint>;

/** Largest |actual - expected|. */
export function maxError(actual: Numbers, expected: Numbers): number {
  return largest(actual, expected, (a, b) => Math.abs(a - b));
}

/** Largest |actual - expected| / |expected|. */
export function maxRelativeError(actual: Numbers, expected: Numbers): number {
  return largest(actual, expected, (a, b) => Math.abs(a - b) / Math.abs(b));
}

function largest(actual: Numbers, expected: Numbers, distance: (a: number, b: number) => number): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers, expected ${expected.length}`);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const here = distance(Number(actual[i]), Number(expected[i]));
    if (!(here <= worst)) worst = here; // also keeps NaN
  }
  return worst;
}
