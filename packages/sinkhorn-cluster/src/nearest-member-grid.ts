import * as tf from '@tensorflow/tfjs-core';
import { membershipPenalty, type NearestMember, type NearestMemberRule, UNREACHABLE, withoutZeros } from './nearest-member.js';
import type { Grid } from './options.js';

/**
 * Nearest members for views whose patches lie on axis-aligned grids. The squared distance dx² + dy² is separable there, so
 * its minimum over the members of a cluster is taken in two passes: within every row of patches over the columns (dx²),
 * then over the rows (dy² + what the first pass found). With R = C = √N this costs N^1.5 K additions instead of N² K, and
 * the results are the same numbers.
 *
 * Excluding coincident members needs care, as a member is coincident only if both dx and dy are 0. So the first pass is
 * made twice, over all members and over those with dx ≠ 0; the second pass takes the former for rows with dy ≠ 0 and the
 * latter for rows with dy = 0.
 *
 * @param positions `[B,2N,2]` float32, (x,y) of every token in pixels; N = rows · columns
 */
export function nearestMemberOnGrid(
  positions: tf.Tensor3D,
  { rows, columns }: Grid,
  { excludeCoincident }: NearestMemberRule,
): NearestMember {
  const images = positions.shape[0];
  const views = 2 * images;
  const { x, y } = gridCoordinates(positions, { rows, columns });
  // Squared differences between the lines of one view and those of both views of the same image.
  const dx = squaredDifferences(x, images); // [B, source view, 2C targets, C sources]
  const dy = tf.transpose(squaredDifferences(y, images), [0, 2, 1, 3]); // [B, 2R targets, source view, R sources]
  const passes = excludeCoincident
    ? [
        { dx, dy: withoutZeros(dy) },
        { dx: withoutZeros(dx), dy: onlyZeros(dy) },
      ]
    : [{ dx, dy }];
  const dxPasses = tf.reshape(tf.stack(passes.map((pass) => pass.dx), 2), [views, 1, passes.length * 2 * columns, columns, 1]);
  const dyPasses = tf.reshape(tf.stack(passes.map((pass) => pass.dy), 4), [views, rows, 2 * rows * passes.length, 1]);

  return (assignment) =>
    tf.tidy(() => {
      const clusters = assignment.shape[2];
      const penalty = tf.reshape(membershipPenalty(assignment), [views, rows, 1, columns, clusters]);
      const withinRows = tf.min(tf.add(penalty, dxPasses), 3); // [2B, R sources, passes · 2C targets, K]
      const perTargetView = tf.transpose(
        tf.reshape(withinRows, [images, 2 * rows, passes.length, 2, columns * clusters]),
        [0, 3, 1, 2, 4],
      );
      const sources = tf.reshape(perTargetView, [views, 1, 2 * rows * passes.length, columns * clusters]);
      const overRows = tf.min(tf.add(dyPasses, sources), 2); // [2B, R targets, C targets · K]
      return tf.reshape(overRows, [images, 2 * rows * columns, clusters]);
    });
}

/** The x of every column `[B,2,C]` and the y of every row `[B,2,R]`, read from the first row and column of each view. */
function gridCoordinates(positions: tf.Tensor3D, { rows, columns }: Grid): { x: tf.Tensor3D; y: tf.Tensor3D } {
  const images = positions.shape[0];
  const lines = tf.reshape(positions, [2 * images, rows, columns * 2]);
  const firstRow = tf.reshape(tf.slice(lines, [0, 0, 0], [-1, 1, -1]), [images, 2, columns, 2]);
  return {
    x: tf.reshape(tf.slice(firstRow, [0, 0, 0, 0], [-1, -1, -1, 1]), [images, 2, columns]),
    y: tf.reshape(tf.slice(lines, [0, 0, 1], [-1, -1, 1]), [images, 2, rows]),
  };
}

/** `[B,2,L]` → `[B, 2 source views, 2L targets, L sources]`. */
function squaredDifferences(coordinate: tf.Tensor3D, images: number): tf.Tensor {
  const lines = coordinate.shape[2];
  const targets = tf.reshape(coordinate, [images, 1, 2 * lines, 1]);
  const sources = tf.reshape(coordinate, [images, 2, 1, lines]);
  return tf.square(tf.sub(targets, sources));
}

/** Rules out everything but squared differences of exactly 0. */
function onlyZeros(squared: tf.Tensor): tf.Tensor {
  return tf.where(tf.equal(squared, 0), 0, UNREACHABLE);
}
