import * as tf from '@tensorflow/tfjs-core';

/**
 * Stands for "no such member": above any squared distance in pixels, and low enough that the sum of two is finite.
 */
export const UNREACHABLE = 1e30;

/**
 * Maps an assignment `[B,2N,K]` (float32, 0 and 1) to the squared distance `[B,2N,K]` of every token to the nearest member
 * of every cluster, {@link UNREACHABLE} or more where the cluster has no member that counts. The tensors that it
 * remembers belong to the scope in which it was made.
 */
export type NearestMember = (assignment: tf.Tensor3D) => tf.Tensor3D;

/** What decides which members count: whether those at distance exactly 0 (the token itself, coincident ones) do not. */
export interface NearestMemberRule {
  excludeCoincident: boolean;
}

/** Elements of one temporary tensor, 8 MiB. Those that stay in the processor's cache are several times faster. */
const CHUNK_ELEMENTS = 2 ** 21;

/**
 * Visits the clusters in chunks, so that temporary tensors stay small whatever K is.
 *
 * @param elementsPerCluster size of the largest temporary tensor that `find` makes for one cluster
 * @param find maps a penalty `[B,k,2N]` of some clusters (0 for a member, {@link UNREACHABLE} for any other token) to the
 *   squared distances `[B,k,2N]`
 */
export function inClusterChunks(
  elementsPerCluster: number,
  find: (penalty: tf.Tensor3D) => tf.Tensor3D,
): NearestMember {
  const clustersPerChunk = Math.max(1, Math.floor(CHUNK_ELEMENTS / elementsPerCluster));
  return (assignment) =>
    tf.tidy(() => {
      const clusters = assignment.shape[2];
      const penalty: tf.Tensor3D = tf.transpose(tf.mul(tf.sub(1, assignment), UNREACHABLE), [0, 2, 1]);
      const chunks: tf.Tensor3D[] = [];
      for (let first = 0; first < clusters; first += clustersPerChunk) {
        const size = Math.min(clustersPerChunk, clusters - first);
        chunks.push(tf.tidy(() => find(tf.slice(penalty, [0, first, 0], [-1, size, -1]))));
      }
      return tf.transpose(tf.concat(chunks, 1), [0, 2, 1]);
    });
}

/** Rules out squared distances of exactly 0. */
export function withoutZeros(squared: tf.Tensor): tf.Tensor {
  return tf.where(tf.equal(squared, 0), UNREACHABLE, squared);
}
