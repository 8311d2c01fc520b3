import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { parameter } from './params.js';

/**
 * The position embedding for a grid of `rows` × `columns` patches, [1, 1 + rows·columns, d]. A square grid of the
 * stored size is returned as stored; any other is bicubically resampled from it, axis by axis, as in DINO. The entry of
 * the CLS token is copied. Differentiable in `pos_embed`.
 */
export function positionEmbedding(params: Params, rows: number, columns: number): tf.Tensor3D {
  const stored = parameter(params, 'pos_embed') as tf.Tensor3D;
  const [, length, dim] = stored.shape;
  const patches = length - 1;
  if (rows === columns && rows * columns === patches) return tf.clone(stored);
  const side = Math.sqrt(patches);
  return tf.tidy(() => {
    const cls = tf.slice(stored, [0, 0, 0], [1, 1, dim]);
    const grid = tf.reshape(tf.slice(stored, [0, 1, 0], [1, patches, dim]), [side, side * dim]);
    const tall = tf.matMul(bicubicMatrix(rows, side), grid); // [rows, side · d]
    const byColumn = tf.reshape(tf.transpose(tf.reshape(tall, [rows, side, dim]), [1, 0, 2]), [side, rows * dim]);
    const wide = tf.reshape(tf.matMul(bicubicMatrix(columns, side), byColumn), [columns, rows, dim]);
    const resampled = tf.reshape(tf.transpose(wide, [1, 0, 2]), [1, rows * columns, dim]);
    return tf.concat([cls, resampled], 1) as tf.Tensor3D;
  });
}

/**
 * The matrix [output, input] of one-dimensional bicubic resampling: Keys' kernel with a = −0.75, no antialiasing, taps
 * clamped to the border, half-pixel centres. The scale is DINO's (output + 0.1) / input.
 */
function bicubicMatrix(output: number, input: number): tf.Tensor2D {
  const scale = (output + 0.1) / input;
  const matrix = new Float32Array(output * input);
  for (let o = 0; o < output; o++) {
    const source = (o + 0.5) / scale - 0.5;
    const first = Math.floor(source) - 1;
    for (let tap = first; tap < first + 4; tap++) {
      const clamped = Math.min(Math.max(tap, 0), input - 1);
      matrix[o * input + clamped]! += keysKernel(source - tap);
    }
  }
  return tf.tensor2d(matrix, [output, input]);
}

function keysKernel(distance: number): number {
  const a = -0.75;
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}
