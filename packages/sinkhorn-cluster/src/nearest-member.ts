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

/** Elements of one temporary `[B,clusters,2N,2N]`. Those that stay in the processor's cache are several times faster. */
const CHUNK_ELEMENTS = 2 ** 20;

/**
 * Nearest members for tokens anywhere in the plane: the distances of all pairs are computed once, then clusters are
 * visited in chunks, so memory grows with N² and never with N² K.
 *
 * @param positions `[B,2N,2]` float32, (x,y) of every token in pixels
 */
export function nearestMember(positions: tf.Tensor3D, { excludeCoincident }: NearestMemberRule): NearestMember {
  const [images, tokens] = positions.shape;
  const pairs = squaredDistances(positions, excludeCoincident);
  const clustersPerChunk = Math.max(1, Math.floor(CHUNK_ELEMENTS / (images * tokens * tokens)));
  return (assignment) =>
    tf.tidy(() => {
      const clusters = assignment.shape[2];
      const penalty = tf.reshape(tf.transpose(membershipPenalty(assignment), [0, 2, 1]), [images, clusters, 1, tokens]);
      const chunks: tf.Tensor3D[] = [];
      for (let first = 0; first < clusters; first += clustersPerChunk) {
        const size = Math.min(clustersPerChunk, clusters - first);
        chunks.push(
          tf.tidy(() => tf.min<tf.Tensor3D>(tf.add(tf.slice(penalty, [0, first, 0, 0], [-1, size, -1, -1]), pairs), 3)),
        );
      }
      return tf.transpose(chunks.length === 1 ? chunks[0]! : tf.concat(chunks, 1), [0, 2, 1]);
    });
}

/** What is added to a distance to rule out non-members: 0 for a member, {@link UNREACHABLE} for any other token. */
export function membershipPenalty(assignment: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sub(1, assignment), UNREACHABLE);
}

/** Rules out squared distances of exactly 0. */
export function withoutZeros(squared: tf.Tensor): tf.Tensor {
  return tf.where(tf.equal(squared, 0), UNREACHABLE, squared);
}

/** Squared distances of all pairs, `[B,1,2N,2N]`. Differences are squared, not expanded, so coincident tokens give 0. */
function squaredDistances(positions: tf.Tensor3D, excludeCoincident: boolean): tf.Tensor {
  return tf.tidy(() => {
    const [images, tokens] = positions.shape;
    const along = (axis: number) => {
      const coordinate = tf.slice(positions, [0, 0, axis], [-1, -1, 1]);
      const across = tf.reshape(coordinate, [images, 1, tokens]);
      return tf.square(tf.sub(coordinate, across));
    };
    const squared = tf.add(along(0), along(1));
    return tf.expandDims(excludeCoincident ? withoutZeros(squared) : squared, 1);
  });
}
