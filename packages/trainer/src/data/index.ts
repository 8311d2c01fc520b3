/** Images from disk to batches of two views; see `createLoader`. */
export { listImages } from './list-images.js';
export { createLoader, type LoadedBatch, type Loader, type LoaderOptions } from './loader.js';
