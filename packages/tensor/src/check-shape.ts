import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Checks a tensor's shape. `expected` has one entry per axis: a size, or `null` for any size.
 * @throws Error naming the argument, the shape it has and the shape it should have.
 */
export function checkShape(argument: string, tensor: Tensor, expected: readonly (number | null)[]): void {
  const { shape } = tensor;
  const fits =
    shape.length === expected.length && expected.every((size, axis) => size === null || size === shape[axis]);
  if (fits) return;
  const wanted = expected.map((size) => size ?? '*').join(', ');
  throw new Error(`${argument}: got shape [${shape.join(', ')}], wanted [${wanted}]`);
}
