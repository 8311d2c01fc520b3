import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { BruteForceImage } from './brute-force.js';

/** Random images of two views, as tensors for the package and as plain numbers for the brute-force check. */
export interface Scene {
  tokens: tf.Tensor4D;
  positions: tf.Tensor4D;
  init: tf.Tensor2D;
  images: BruteForceImage[];
}

export interface SceneOptions {
  seed: number;
  images: number;
  /** Patches of a view. */
  rows: number;
  columns: number;
  clusters: number;
  /** Whether both views are the same crop, so that every token has a coincident one in the other view. */
  sameCrop?: boolean;
  /** Whether positions are jittered, so that they lie on no grid. */
  scattered?: boolean;
}

/** Gaussian features around a few directions; positions of two random crops. All numbers are exact in float32. */
export function scene({
  seed,
  images,
  rows,
  columns,
  clusters,
  sameCrop = false,
  scattered = false,
}: SceneOptions): Scene {
  const rng = Generator.fromSeed(seed);
  const width = 8;
  const plain = Array.from({ length: images }, (): BruteForceImage => {
    const directions = Array.from({ length: 3 }, () => Array.from({ length: width }, () => rng.normal()));
    const crop = () => [0, 1].map(() => ({ start: rng.uniform(0, 50), step: rng.uniform(5, 20) }));
    const first = crop();
    const positions = [first, sameCrop ? first : crop()].flatMap(([x, y]) =>
      Array.from({ length: rows * columns }, (_, n) => [
        Math.fround(x!.start + x!.step * (n % columns) + (scattered ? rng.uniform(-3, 3) : 0)),
        Math.fround(y!.start + y!.step * Math.floor(n / columns) + (scattered ? rng.uniform(-3, 3) : 0)),
      ]),
    );
    const features = positions.map((_, n) => directions[n % 3]!.map((v) => Math.fround(v + 0.5 * rng.normal())));
    return { features, positions, init: [...rng.choice(2 * rows * columns, clusters)] };
  });
  return {
    tokens: viewsFirst(plain.map((image) => image.features)),
    positions: viewsFirst(plain.map((image) => image.positions)),
    init: tf.tensor2d(
      plain.map((image) => image.init),
      [images, clusters],
      'int32',
    ),
    images: plain,
  };
}

/** `[B][2N][c]` → `[2,B,N,c]`. */
function viewsFirst(joint: number[][][]): tf.Tensor4D {
  const half = joint[0]!.length / 2;
  return tf.tensor4d([joint.map((tokens) => tokens.slice(0, half)), joint.map((tokens) => tokens.slice(half))]);
}
