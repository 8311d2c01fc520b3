import { checkShape, l2Normalize } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { hardAssignment, inBothViews, normalizePerView, zeroOrOne } from './assignment.js';
import { positionalCost, scaleCost } from './joint-cost.js';
import type { NearestMember } from './nearest-member.js';
import { nearestMemberOfAllPairs } from './nearest-member-of-all-pairs.js';
import { nearestMemberOnGrid } from './nearest-member-on-grid.js';
import type { ClusterOptions } from './options.js';
import { sinkhorn } from './sinkhorn.js';

/** The objects of a batch of images, each seen in two views. */
export type Clustering = {
  /** `[2,B,N,K]` float32: weight of every token in the mean of its object; each non-empty column sums to 1 over N. */
  assignment: tf.Tensor4D;
  /** `[B,K]` bool: the cluster has tokens in both views. */
  valid: tf.Tensor2D;
  /** `[B,2N]` int32: cluster of every token, those of view 1 first. */
  labels: tf.Tensor2D;
  /** One entry per iteration, if `history` was asked for. */
  history?: ClusteringIteration[];
};

/** What one iteration computed. */
export type ClusteringIteration = {
  /** `[B,1,K]` float32: column marginal that the plan of this iteration was made with. */
  columnMarginal: tf.Tensor3D;
  /** `[B,2N,K]` float32: joint cost scaled to [0,1]. */
  cost: tf.Tensor3D;
  /** `[B,2N,K]` float32: transport plan; for K-means its 0/1 assignment. */
  plan: tf.Tensor3D;
  /** `[B,2N]` int32. */
  labels: tf.Tensor2D;
};

/** Added to every member count, so that an empty cluster keeps a little mass. */
const COUNT_OFFSET = 0.01;

/**
 * Clusters the tokens of both views of every image together, by features and positions (Eqs. 12–17): K initial centroids
 * are tokens; then the transport plan between tokens and centroids is computed and hardened, and centroids are updated,
 * `iterations` times. Features are L2-normalised for this. Nothing is read back to the host and no shape depends on
 * values.
 *
 * @param tokens `[2,B,N,d]` float32: patch tokens of view 1 and view 2, without the class token
 * @param positions `[2,B,N,2]` float32: (x,y) of every patch in pixels of the original image
 * @param initIndices `[B,K]` int32 in 0..2N-1: the tokens of an image (view 1 first) that are its initial centroids
 * @throws if a shape does not fit, or if there are more clusters than tokens
 */
export function clusterJointly(
  tokens: tf.Tensor,
  positions: tf.Tensor,
  initIndices: tf.Tensor,
  options: ClusterOptions,
): Clustering {
  const { lambda = 20, sinkhornIterations = 5, updateMarginal = options.variant === 'released' } = options;
  return cluster(tokens, positions, initIndices, options, {
    plan: (cost, columnMarginal) => {
      const [images, tokenCount] = cost.shape;
      const rowMarginal = tf.fill([images, tokenCount, 1], 1 / tokenCount);
      return sinkhorn(cost, rowMarginal, columnMarginal, { lambda, iterations: sinkhornIterations });
    },
    updateMarginal,
  });
}

/**
 * K-means in the same joint space (the baseline of Table 12): every token goes to the centroid of least joint cost, with
 * no constraint on cluster sizes. Arguments, result and errors are those of {@link clusterJointly}; `lambda`,
 * `sinkhornIterations` and `updateMarginal` have no effect.
 */
export function clusterKMeans(
  tokens: tf.Tensor,
  positions: tf.Tensor,
  initIndices: tf.Tensor,
  options: ClusterOptions,
): Clustering {
  return cluster(tokens, positions, initIndices, options, {
    plan: (cost) => hardAssignment(tf.neg(cost)),
    updateMarginal: false,
  });
}

/** How tokens are distributed over clusters. */
interface Transport {
  plan(cost: tf.Tensor3D, columnMarginal: tf.Tensor3D): tf.Tensor3D;
  updateMarginal: boolean;
}

function cluster(
  tokens: tf.Tensor,
  positions: tf.Tensor,
  initIndices: tf.Tensor,
  options: ClusterOptions,
  transport: Transport,
): Clustering {
  checkArguments(tokens, positions, initIndices, options);
  const { clusters, iterations = 5, history = false } = options;
  return tf.tidy((): Clustering => {
    const features = l2Normalize(jointTokens(tokens)) as tf.Tensor3D;
    const nearest = options.posAlpha === 0 ? undefined : nearestMemberFor(jointTokens(positions), options);
    const records: ClusteringIteration[] = [];
    // One-hot in int32: the wasm backend writes the bits of an int32 whatever type it is asked for.
    const members = zeroOrOne(tf.oneHot(initIndices, features.shape[1]!));
    let assignment = tf.transpose(members, [0, 2, 1]) as tf.Tensor3D;
    let columnMarginal: tf.Tensor3D = tf.fill([features.shape[0], 1, clusters], 1 / clusters);
    for (let iteration = 0; iteration < iterations; iteration++) {
      const step = tf.tidy(() => {
        const cost = jointCost(features, assignment, nearest, options);
        const plan = transport.plan(cost, columnMarginal);
        const next = hardAssignment(plan);
        const record = history ? { columnMarginal, cost, plan, labels: labelsOf(next) } : undefined;
        return { next, marginal: transport.updateMarginal ? marginalOf(next) : columnMarginal, record };
      });
      assignment = step.next;
      columnMarginal = step.marginal;
      if (step.record) records.push(step.record);
    }
    const perView = normalizePerView(assignment);
    const result = { assignment: perView, valid: inBothViews(perView), labels: labelsOf(assignment) };
    return history ? { ...result, history: records } : result;
  });
}

/** The cost of Eq. 16 scaled to [0,1]: negative cosine to the centroids plus the weighted positional cost. */
function jointCost(
  features: tf.Tensor3D,
  assignment: tf.Tensor3D,
  nearest: NearestMember | undefined,
  { variant, posAlpha }: ClusterOptions,
): tf.Tensor3D {
  return tf.tidy(() => {
    // Eq. 15, of unit length. An empty cluster has the zero vector, whose cosine with every token is 0.
    const centroids = l2Normalize(tf.matMul(assignment, features, true, false));
    const dissimilarity = tf.neg(tf.matMul(features, centroids, false, true)) as tf.Tensor3D;
    if (!nearest) return scaleCost(dissimilarity, variant);
    return scaleCost(tf.add(dissimilarity, tf.mul(positionalCost(assignment, nearest), posAlpha)), variant);
  });
}

function nearestMemberFor(positions: tf.Tensor3D, { variant, grid }: ClusterOptions): NearestMember {
  const rule = { excludeCoincident: variant === 'released' };
  return grid ? nearestMemberOnGrid(positions, grid, rule) : nearestMemberOfAllPairs(positions, rule);
}

/** The column marginal that follows the member counts, `[B,1,K]`. */
function marginalOf(assignment: tf.Tensor3D): tf.Tensor3D {
  const counts = tf.add(tf.sum(assignment, 1, true), COUNT_OFFSET);
  return tf.div(counts, tf.sum(counts, 2, true));
}

/** First cluster of every token, `[B,2N]` int32. */
function labelsOf(assignment: tf.Tensor3D): tf.Tensor2D {
  return tf.argMax(assignment, 2);
}

/** `[2,B,N,c]` → `[B,2N,c]`: both views of an image one after the other. */
function jointTokens(perView: tf.Tensor): tf.Tensor3D {
  const [views, images, tokens, channels] = perView.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(perView, [1, 0, 2, 3]), [images, views * tokens, channels]);
}

function checkArguments(
  tokens: tf.Tensor,
  positions: tf.Tensor,
  initIndices: tf.Tensor,
  options: ClusterOptions,
): void {
  checkShape('tokens', tokens, [2, null, null, null]);
  const [, images, perView] = tokens.shape as [number, number, number];
  checkShape('positions', positions, [2, images, perView, 2]);
  checkClusterCount(options.clusters, 2 * perView);
  checkShape('initIndices', initIndices, [images, options.clusters]);
  const { grid } = options;
  if (grid && grid.rows * grid.columns !== perView) {
    throw new Error(
      `grid: ${grid.rows} rows of ${grid.columns} patches are ${grid.rows * grid.columns}, but a view has ${perView} tokens.`,
    );
  }
}

/** @throws if an image has fewer tokens than clusters are asked for */
export function checkClusterCount(clusters: number, tokenCount: number): void {
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > tokenCount) {
    throw new Error(
      `clusters: got ${clusters}, expected a whole number from 1 to ${tokenCount}, the tokens of an image in both views.`,
    );
  }
}
