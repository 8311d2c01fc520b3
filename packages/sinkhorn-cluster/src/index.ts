export { Generator } from '@cribo/tensor';
export { type Clustering, type ClusteringIteration, clusterJointly, clusterKMeans } from './cluster.js';
export { clusteringFromLabels } from './clustering-from-labels.js';
export { drawInitialIndices } from './initial-indices.js';
export type { ClusterOptions, Grid, Variant } from './options.js';
export { poolObjects } from './pool-objects.js';
export { type SinkhornOptions, sinkhorn } from './sinkhorn.js';
