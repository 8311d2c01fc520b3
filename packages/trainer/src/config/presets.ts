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
  /** For the scenes of `examples/quickstart`, in a few minutes on two cores. */
  quickstart: {
    model: { arch: 'vit_tiny', patchSize: 8, embedDim: 96, depth: 3, numHeads: 3, dropPath: 0 },
    head: { hiddenDim: 256, bottleneckDim: 64, outDim: 512, objectOutDim: 512 },
    views: {
      imageSize: 64,
      cropScale: [0.4, 1],
      hue: 0.05,
      grayscale: 0,
      blur: [0, 0],
      solarize: [0, 0],
    },
    clustering: { clusters: 5 },
    bank: { images: 512 },
    losses: { teacherTemp: 0.04, warmupTeacherTemp: 0.04 },
    optimizer: {
      lr: 1.2e-2,
      minLr: 1e-5,
      warmupEpochs: 1,
      weightDecayEnd: 0.1,
      freezeLastLayerEpochs: 0,
      teacherMomentum: 0.99,
    },
    training: { epochs: 8, batchSize: 16 },
    loading: { workers: 0, cacheMegabytes: 64 },
  },
  /** Learns from a few thousand photos within an hour of processor time (`benchmarks/results/voc2012`). */
  'cpu-small': {
    model: { arch: 'vit_tiny', patchSize: 16, embedDim: 128, depth: 4, numHeads: 2, dropPath: 0 },
    head: { hiddenDim: 512, bottleneckDim: 128, outDim: 1024, objectOutDim: 1024, normLastLayer: true },
    views: {
      imageSize: 80,
      brightness: 0.12,
      contrast: 0.12,
      saturation: 0.06,
      hue: 0.01,
      grayscale: 0.05,
      blur: [0, 0],
      solarize: [0, 0],
    },
    clustering: { clusters: 3, posAlpha: [1, 1] },
    bank: { images: 1024 },
    losses: { teacherTemp: 0.04, warmupTeacherTemp: 0.04, warmupTeacherTempEpochs: 0 },
    optimizer: {
      lr: 0.016,
      minLr: 1e-6,
      warmupEpochs: 1,
      weightDecay: 0.04,
      weightDecayEnd: 0.1,
      freezeLastLayerEpochs: 0,
      teacherMomentum: 0.99,
    },
    training: { epochs: 100, batchSize: 32, checkpointEvery: 5 },
    loading: { decodeMaxSide: 200, cacheMegabytes: 400 },
  },
} as const satisfies Record<string, ConfigInput>;

export type PresetName = keyof typeof presets;
