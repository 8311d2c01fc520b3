/** The shape of a vision transformer. */
export interface VitConfig {
  /** Side in pixels of the square images whose patches `pos_embed` holds one by one; other sizes interpolate it. */
  imageSize: number;
  /** Side of a patch in pixels. */
  patchSize: number;
  /** d, the width of a token. */
  embedDim: number;
  /** Number of blocks. */
  depth: number;
  numHeads: number;
  /** Hidden width of the MLPs over `embedDim`. */
  mlpRatio: number;
  qkvBias: boolean;
  /** Stochastic depth of the last block; earlier blocks drop less, linearly down to 0 in the first. */
  dropPathRate: number;
  layerNormEpsilon: number;
}

export type VitArch = 'vit_tiny' | 'vit_small' | 'vit_base';

const widths = {
  vit_tiny: { embedDim: 192, numHeads: 3 },
  vit_small: { embedDim: 384, numHeads: 6 },
  vit_base: { embedDim: 768, numHeads: 12 },
} as const satisfies Record<VitArch, Partial<VitConfig>>;

/**
 * The configuration of ViT-Ti, ViT-S or ViT-B (12 blocks, patch 16, 224 px), with anything replaced by `overrides`.
 *
 * @throws Error if the heads do not divide the width or patches do not tile the image
 */
export function vitConfig(arch: VitArch, overrides: Partial<VitConfig> = {}): VitConfig {
  const config: VitConfig = {
    imageSize: 224,
    patchSize: 16,
    depth: 12,
    mlpRatio: 4,
    qkvBias: true,
    dropPathRate: 0,
    layerNormEpsilon: 1e-6,
    ...widths[arch],
    ...overrides,
  };
  if (config.embedDim % config.numHeads !== 0) {
    throw new Error(`embedDim: got ${config.embedDim}, wanted a multiple of numHeads (${config.numHeads})`);
  }
  if (config.imageSize % config.patchSize !== 0) {
    throw new Error(`imageSize: got ${config.imageSize}, wanted a multiple of patchSize (${config.patchSize})`);
  }
  return config;
}
