import { checkShape } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Variant } from './variant.js';

/**
 * The share of every image in the image-level loss (Eq. 10): the mean over images, of both directions' sum (`paper`) or of
 * half of it (`released`).
 *
 * @returns `[2,B]` float32
 */
export function globalWeights(images: number, variant: Variant): tf.Tensor2D {
  return tf.fill([2, images], (variant === 'paper' ? 1 : 0.5) / images);
}

/**
 * The share of every object in the cross-view loss (Eq. 6). `paper`: 1/K' for each of the K' valid objects of an image,
 * averaged over the images that have at least one. `released`: one half over the number of valid objects in the batch.
 * Objects that are not valid weigh 0, and all do if none is valid.
 *
 * @param valid `[B,K]` bool
 * @returns `[B,K]` float32, for {@link objectLoss}
 */
export function objectWeights(valid: tf.Tensor, variant: Variant): tf.Tensor2D {
  checkShape('valid', valid, [null, null]);
  return tf.tidy(() => {
    const present = tf.cast(valid, 'float32') as tf.Tensor2D;
    if (variant === 'released') return tf.div(present, tf.mul(atLeastOne(tf.sum(present)), 2));
    const perImage = tf.sum(present, 1, true);
    const images = tf.sum(tf.cast(tf.greater(perImage, 0), 'float32'));
    return tf.div(present, tf.mul(atLeastOne(perImage), atLeastOne(images)));
  });
}

/**
 * The share of every matched object in the cross-image loss (Eq. 8). `paper`: 1/Z₁ and 1/Z₂, the numbers of cycle
 * consistent matches that start from view 1 and view 2. `released`: one half over Z₁ for both, and 0 if Z₁ is 0.
 *
 * @param mask `[B,K]` bool: the match of the object in view 1 is cycle consistent (Eq. 4); or float32 from 0 to 1, where
 *   matches count in part, see {@link combineCycles}
 * @param mask2 `[B,K]` bool or float32: the same for view 2
 * @returns `[2,B,K]` float32, for {@link crossImageLoss}
 */
export function crossImageWeights(mask: tf.Tensor, mask2: tf.Tensor, variant: Variant): tf.Tensor3D {
  checkShape('mask', mask, [null, null]);
  checkShape('mask2', mask2, mask.shape);
  return tf.tidy(() => {
    const matched = tf.cast(tf.stack([mask, mask2]), 'float32') as tf.Tensor3D;
    const counts = tf.sum(matched, [1, 2], true);
    if (variant === 'paper') return tf.div(matched, orOne(counts));
    const first = tf.slice(counts, [0, 0, 0], [1, 1, 1]);
    const any = tf.cast(tf.greater(first, 0), 'float32');
    return tf.mul(matched, tf.div(any, tf.mul(orOne(first), 2)));
  });
}

/** A count to divide by; where there is nothing to count, what is divided is 0. */
const atLeastOne = (count: tf.Tensor) => tf.maximum(count, 1);

/** The same for counts that need not be whole. */
const orOne = (count: tf.Tensor) => tf.where(tf.greater(count, 0), count, tf.onesLike(count));
