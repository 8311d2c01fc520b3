/** Exact nearest neighbours of feature vectors. */
export type { FeatureRows } from './feature-rows.js';
export { type Neighbours, nearestNeighbours } from './nearest-neighbours.js';
export type { BlockSize } from './search.js';
