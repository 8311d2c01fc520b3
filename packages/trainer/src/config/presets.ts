import type { ConfigInput } from './schema.js';

/**
 * Named starting points. `vit-*` are the settings of the authors' three released models (their argument files);
 * `cpu-*` fit an ordinary computer without an accelerator.
 */
export const presets = {
  'vit-s-coco': {
    model: { arch: 'vit_small', patchSize: 16 },
    clustering: { clusters: 64, posAlpha: [2, 2] },
    training: { epochs: 300, batchSize: 256 },
  },
  'vit-s-in1k': {
    model: { arch: 'vit_small', patchSize: 16 },
    clustering: { clusters: 32, posAlpha: [1, 1] },
    training: { epochs: 800, batchSize: 1024 },
  },
  'vit-b-in1k': {
    model: { arch: 'vit_base', patchSize: 16 },
    head: { normLastLayer: true },
    clustering: { clusters: 32, posAlpha: [1, 1] },
    losses: { warmupTeacherTempEpochs: 50 },
    optimizer: { lr: 7.5e-4, minLr: 2e-6, clipGrad: 0.3, freezeLastLayerEpochs: 3 },
    training: { epochs: 400, batchSize: 512 },
  },
} as const satisfies Record<string, ConfigInput>;

export type PresetName = keyof typeof presets;
