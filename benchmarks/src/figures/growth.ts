/** A measured value at a size. */
export interface Point {
  size: number;
  value: number;
}

/** How a measured value grows with a size: value ~ size^exponent. */
export interface Growth {
  /** Slope of the least-squares line through all points, both axes logarithmic; 1 is linear. */
  exponent: number;
  /** The same between the two largest sizes, where fixed costs weigh least. */
  exponentAtEnd: number;
  /** Share of the variance that the line explains, 0 to 1. */
  r2: number;
}

/**
 * Fits the growth of a value; undefined with fewer than three points above 0, through which a line says little. Points at
 * or below 0 have no logarithm and are left out.
 */
export function growth(points: readonly Point[]): Growth | undefined {
  const logs = points
    .filter(({ size, value }) => size > 0 && value > 0)
    .map(({ size, value }) => ({ x: Math.log(size), y: Math.log(value) }))
    .sort((a, b) => a.x - b.x);
  if (logs.length < 3 || logs[0]!.x === logs.at(-1)!.x) return undefined;
  const meanX = mean(logs.map(({ x }) => x));
  const meanY = mean(logs.map(({ y }) => y));
  const sum = (f: (dx: number, dy: number) => number) =>
    logs.reduce((total, { x, y }) => total + f(x - meanX, y - meanY), 0);
  const exponent = sum((dx, dy) => dx * dy) / sum((dx) => dx * dx);
  const variance = sum((_, dy) => dy * dy);
  const unexplained = sum((dx, dy) => (dy - exponent * dx) ** 2);
  const [beforeLast, last] = logs.slice(-2) as [(typeof logs)[0], (typeof logs)[0]];
  return {
    exponent,
    exponentAtEnd: (last.y - beforeLast.y) / (last.x - beforeLast.x),
    r2: variance === 0 ? 1 : 1 - unexplained / variance,
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
