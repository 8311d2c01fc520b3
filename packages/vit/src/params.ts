import type { Layer, Params } from '@cribo/tensor';
import type { Tensor } from '@tensorflow/tfjs-core';

/** `params` with `prefix` before every name. */
export function prefixed(params: Params, prefix: string): Params {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [prefix + name, value]));
}

/** The parameters whose names begin with `prefix`, without it. */
export function unprefixed(params: Params, prefix: string): Params {
  return Object.fromEntries(
    Object.entries(params)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

/** The parameter called `name`. @throws Error if there is none */
export function parameter(params: Params, name: string): Tensor {
  const value = params[name];
  if (value === undefined) throw new Error(`params: got no "${name}"`);
  return value;
}

/** The weight and the bias of the linear layer called `name`. @throws Error if there are none */
export function layerParameters(params: Params, name: string): Layer {
  return { weight: parameter(params, `${name}.weight`), bias: parameter(params, `${name}.bias`) };
}
