import type { Generator, Params } from '@cribo/tensor';
import { type HeadConfig, initProjectionHead, initVit, prefixed, type VitConfig, vitConfig } from '@cribo/vit';
import type { Config } from './config/schema.js';

/** The shapes of a student or teacher: a backbone and a projection head. */
export interface NetworkConfig {
  backbone: VitConfig;
  head: HeadConfig;
}

/** The networks a configuration describes. */
export function networkConfig(config: Config): NetworkConfig {
  const { arch, patchSize, embedDim, depth, numHeads, dropPath } = config.model;
  const backbone = vitConfig(arch, {
    imageSize: config.views.imageSize,
    patchSize,
    dropPathRate: dropPath,
    ...(embedDim === undefined ? {} : { embedDim }),
    ...(depth === undefined ? {} : { depth }),
    ...(numHeads === undefined ? {} : { numHeads }),
  });
  return { backbone, head: { inDim: backbone.embedDim, ...config.head } };
}

/** Fresh parameters of a whole network, named `backbone.*` and `head.*`. */
export function initNetwork(network: NetworkConfig, rng: Generator): Params {
  return {
    ...prefixed(initVit(network.backbone, rng.split('backbone')), 'backbone.'),
    ...prefixed(initProjectionHead(network.head, rng.split('head')), 'head.'),
  };
}
