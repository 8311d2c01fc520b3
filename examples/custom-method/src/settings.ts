import { type HeadConfig, vitConfig } from '@cribo/vit';

/** Small enough for a few seconds on a CPU. */
export const vit = vitConfig('vit_tiny', { imageSize: 64, patchSize: 8, embedDim: 96, depth: 3, numHeads: 3 });

export const head: HeadConfig = {
  inDim: vit.embedDim,
  hiddenDim: 256,
  bottleneckDim: 64,
  outDim: 512,
  objectOutDim: 256,
  normLastLayer: true,
};

/** Objects looked for in an image. */
export const clusters = 6;

/** Share of the old teacher in the new one. */
export const teacherMomentum = 0.99;

export const learningRate = 1e-3;

export const temperatures = { teacherTemp: 0.04, studentTemp: 0.1 };
