import * as tf from '@tensorflow/tfjs-core';
import {
  inClusterChunks,
  type NearestMember,
  type NearestMemberRule,
  UNREACHABLE,
  withoutZeros,
} from './nearest-member.js';
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
  // Between the lines of a source view and those of both target views, and between those of a target and both sources.
  const dx = squaredDifferences(x); // [B, source view, 2C targets, C sources]
  const dy = tf.transpose(squaredDifferences(y), [0, 1, 3, 2]); // [B, target view, R targets, 2R sources]
  const passes = excludeCoincident
    ? [
        { dx, dy: withoutZeros(dy) },
        { dx: withoutZeros(dx), dy: onlyZeros(dy) },
      ]
    : [{ dx, dy }];
  const dxOfPasses = tf.reshape(
    tf.concat(
      passes.map((pass) => pass.dx),
      2,
    ),
    [views, 1, passes.length * 2 * columns, columns],
  );
  const dyOfPasses = tf.reshape(
    tf.stack(
      passes.map((pass) => pass.dy),
      4,
    ),
    [views, 1, rows, 2 * rows * passes.length],
  );

  return inClusterChunks(dxOfPasses.size * rows, (penalty) => {
    const perSourceView = tf.transpose(tf.reshape(penalty, [images, -1, 2, rows * columns]), [0, 2, 1, 3]);
    const members = tf.reshape(perSourceView, [views, -1, 1, columns]);
    const withinRows = tf.min(tf.add(members, dxOfPasses), 3); // [B · source view, k · R sources, passes · 2C targets]
    const sourcesLast = tf.transpose(
      tf.reshape(withinRows, [images, 2, -1, rows * passes.length, 2 * columns]),
      [0, 2, 4, 1, 3],
    ); // [B, k, 2C targets, source view, R sources · passes]
    const sources = 2 * rows * passes.length;
    const perTargetView = tf.transpose(tf.reshape(sourcesLast, [images, -1, 2, columns * sources]), [0, 2, 1, 3]);
    const candidates = tf.reshape(perTargetView, [views, -1, 1, sources]);
    const overRows = tf.min(tf.add(candidates, dyOfPasses), 3); // [B · target view, k · C targets, R targets]
    const clustersFirst = tf.transpose(tf.reshape(overRows, [images, 2, -1, columns, rows]), [0, 2, 1, 4, 3]);
    return tf.reshape(clustersFirst, [images, -1, 2 * rows * columns]);
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

/** `[B,2,L]` → `[B, 2, 2L, L]`: lines of one view (last axis) against those of both views of the image. */
function squaredDifferences(coordinate: tf.Tensor3D): tf.Tensor {
  const [images, , lines] = coordinate.shape;
  const bothViews = tf.reshape(coordinate, [images, 1, 2 * lines, 1]);
  const oneView = tf.reshape(coordinate, [images, 2, 1, lines]);
  return tf.square(tf.sub(bothViews, oneView));
}

/** Rules out everything but squared differences of exactly 0. */
function onlyZeros(squared: tf.Tensor): tf.Tensor {
  return tf.where(tf.equal(squared, 0), 0, UNREACHABLE);
}
