import type { Params } from '@cribo/tensor';

/**
 * Whether weight decay acts on a parameter: biases and one-dimensional tensors are left alone, everything else decays,
 * as in the authors' code (so cls_token, pos_embed and the [out, 1] gains of a weight-normalised layer do decay).
 */
export function isRegularized(name: string, rank: number): boolean {
  return rank > 1 && !name.endsWith('.bias');
}

/** The gradients the optimizer gets: while they are frozen, without those of the head's two output layers. */
export function trainableGradients(gradients: Params, freezeLastLayer: boolean): Params {
  const trainable = (name: string) => !(freezeLastLayer && name.includes('last_layer'));
  return Object.fromEntries(Object.entries(gradients).filter(([name]) => trainable(name)));
}
