import { checkShape } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Object representations (Eq. 1): the mean of the tokens of every object in every view. Differentiable in the tokens, so
 * that student tokens can be pooled with the assignment of the teacher.
 *
 * @param tokens `[2,B,N,d]` float32
 * @param assignment `[2,B,N,K]` float32, from `clusterJointly`
 * @returns `[2,B,K,d]` float32; the zero vector for a cluster that is empty in that view
 * @throws if the shapes do not fit
 */
export function poolObjects(tokens: tf.Tensor, assignment: tf.Tensor): tf.Tensor4D {
  checkShape('tokens', tokens, [2, null, null, null]);
  checkShape('assignment', assignment, [2, tokens.shape[1]!, tokens.shape[2]!, null]);
  return tf.matMul(assignment as tf.Tensor4D, tokens as tf.Tensor4D, true, false);
}
