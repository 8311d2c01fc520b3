import { checkShape } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** How the cycle checks of both directions become one: both have to hold, either has to, or each counts half. */
export type CycleCombination = 'min' | 'max' | 'avg';

/**
 * One weight per object from the cycle checks of its matches in both views, o₁ and o₂ (Table 8): min(o₁, o₂), max(o₁, o₂)
 * or (o₁ + o₂)/2. Objects whose masks are both false, such as those that are not valid, weigh 0.
 *
 * @param mask `[B,K]` bool: o₁, the match of the object in view 1 is cycle consistent (Eq. 4)
 * @param mask2 `[B,K]` bool: o₂, the same for view 2
 * @returns `[B,K]` float32: 0, ½ or 1; the mask of both directions for {@link crossImageWeights}
 */
export function combineCycles(mask: tf.Tensor, mask2: tf.Tensor, how: CycleCombination): tf.Tensor2D {
  checkShape('mask', mask, [null, null]);
  checkShape('mask2', mask2, mask.shape);
  return tf.tidy(() => {
    const [first, second] = [mask, mask2].map((o) => tf.cast(o, 'float32')) as [tf.Tensor2D, tf.Tensor2D];
    if (how === 'min') return tf.minimum(first, second);
    if (how === 'max') return tf.maximum(first, second);
    return tf.mul(tf.add(first, second), 0.5);
  });
}
