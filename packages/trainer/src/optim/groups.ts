import type { Params } from '@cribo/tensor';

/**
 * Whether weight decay acts on a parameter: biases and one-dimensional tensors are left alone, everything else decays,
 * as in the authors' code (so cls_token, pos_embed and the [out, 1] gains of a weight-normalised layer do decay).
 */
export function isRegularized(name: string, rank: number): boolean {
  return rank > 1 && !name.endsWith('.bias');
}

/**
 * The gradients the optimizer gets; it skips what is missing. Both output layers of the head are left out while they
 * are frozen, and their gains always when `normLastLayer` fixes them at 1.
 */
export function trainableGradients(
  gradients: Params,
  { normLastLayer, freezeLastLayer }: { normLastLayer: boolean; freezeLastLayer: boolean },
): Params {
  const trainable = (name: string) =>
    !name.includes('last_layer') || !(freezeLastLayer || (normLastLayer && name.endsWith('weight_g')));
  return Object.fromEntries(Object.entries(gradients).filter(([name]) => trainable(name)));
}
