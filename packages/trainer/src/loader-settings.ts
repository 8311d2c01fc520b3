import type { Config } from './config/schema.js';
import type { LoaderOptions } from './data/index.js';
import { viewPolicy } from './view-policy.js';

/** How a run with these settings loads its images. */
export function loaderSettings(config: Config): Omit<LoaderOptions, 'entries' | 'onSkip'> {
  return {
    ...config.loading,
    batchSize: config.training.batchSize,
    viewSize: config.views.imageSize,
    patchSize: config.model.patchSize,
    policy: viewPolicy(config),
    seed: config.seed,
  };
}
