import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { makeBatch } from './batch.js';
import { DinoWithObjects } from './method.js';
import { drawScene } from './scene.js';

/** Trains on pictures drawn in code, on the TensorFlow.js backend in use. Returns the loss of every step. */
export async function train(steps: number, onStep: (step: number, loss: number) => void = () => {}): Promise<number[]> {
  const rng = Generator.fromSeed('custom method');
  const images = Array.from({ length: 8 }, (_, i) => drawScene(rng.split(`scene ${i}`)));
  const method = new DinoWithObjects(rng.split('weights'));
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = makeBatch(images, rng.split(`batch ${step}`));
    losses.push(await method.step(batch));
    tf.dispose(batch);
    onStep(step, losses.at(-1)!);
  }
  method.dispose();
  return losses;
}
