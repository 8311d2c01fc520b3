/** Images from disk to batches of two views; see `openImages` and `createLoader`. */
export type { LoadedBatch } from './batch-maker.js';
export type { ImageEntry, ImageSource } from './image-source.js';
export { createLoader, type Loader, type LoaderOptions } from './loader.js';
export { type OpenImagesOptions, openImages } from './open-images.js';
