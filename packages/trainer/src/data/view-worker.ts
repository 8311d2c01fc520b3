import { move } from 'piscina';
import { type ViewTask, viewSample } from './view-sample.js';

/** Runs in a worker thread; the sample goes back without being copied. */
export default function augment(task: ViewTask): Float32Array {
  return move(viewSample(task)) as Float32Array;
}
