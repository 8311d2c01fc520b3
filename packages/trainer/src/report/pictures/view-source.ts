import { createLoader, type ImageSource, type LoadedBatch, openImages } from '../../data/index.js';
import { InputError } from '../../errors.js';
import { loaderSettings } from '../../loader-settings.js';
import { openOracle } from '../../oracle/open-oracle.js';
import type { RunInfo } from '../../run/run-info.js';
import type { Checkpoint } from '../read-run.js';

/** Rows of a batch, with the objects of their masks where the run takes those for clusters. */
export type SeenRows = LoadedBatch & { regions?: Int32Array };

/** The views that a run has trained on or will train on: seed and step decide them, so any of them can be made again. */
export interface ViewSource {
  /** Both views of some rows of the batch of `step`, in the order asked for. */
  rows(step: number, rows: readonly number[]): Promise<SeenRows>;
  close(): Promise<void>;
}

/** Opens the images of a run. @throws InputError if they are gone, or no longer those of the run */
export async function openViews(
  { source, split, images }: Pick<RunInfo, 'source' | 'split' | 'images'>,
  { info }: Checkpoint,
  opened?: ImageSource,
): Promise<ViewSource> {
  const { config, stepsPerEpoch } = info;
  const { batchSize } = config.training;
  const { entries } = opened ?? (await openImages(source, split === undefined ? {} : { split }));
  if (entries.length !== images) {
    throw new InputError(`${source} now holds ${entries.length} images, expected the ${images} of the run`);
  }
  const oracle = config.clustering.method === 'masks' ? openOracle(config, entries) : undefined;
  const loader = createLoader({ ...loaderSettings(config), entries, workers: 0, cacheMegabytes: 0 });
  return {
    async rows(step, rows) {
      const first = (step % stepsPerEpoch) * batchSize;
      const loaded = await loader.rows(
        Math.floor(step / stepsPerEpoch),
        rows.map((row) => first + row),
      );
      const { regions } = (await oracle?.label(loaded)) ?? {};
      return regions === undefined ? loaded : { ...loaded, regions };
    },
    close: () => loader.close(),
  };
}
