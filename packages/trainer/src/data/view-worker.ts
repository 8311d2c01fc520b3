import { move } from 'piscina';
import { type ViewTask, viewPixels } from './view-pixels.js';

/** Runs in a worker thread; the pixels go back without being copied. */
export default function augment(task: ViewTask): Float32Array {
  return move(viewPixels(task)) as Float32Array;
}
