/** The yardstick: ViT-S/16, 8 images of 224 px in two views, K = 32, two 65536-way heads, a bank of 256 images, float32. */
export const yardstick = [
  'training.batchSize=8',
  'bank.images=256',
  'training.epochs=100',
  'optimizer.warmupEpochs=0',
] as const;
