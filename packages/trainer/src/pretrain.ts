import { loadBackend } from './backends/load.js';
import { type ImageSource, openImages } from './data/index.js';
import { fromInput, InputError } from './errors.js';
import { openOracle } from './oracle/open-oracle.js';
import type { PretrainOptions, PretrainResult } from './pretrain-options.js';
import { writeReport } from './report/write-report.js';
import { explainDiskError } from './run/disk-errors.js';
import { checkRunFolder, RunFolder } from './run/run-folder.js';
import { train } from './train.js';

/**
 * Pretrains a vision transformer on a folder of images: one call does everything, from loading the backend to the
 * last checkpoint. Throws an `InputError` for anything wrong with the arguments, before anything is written.
 */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const { config, out, resume = false } = options;
  const images = await fromInput(() => openImages(options.source, options));
  const { batchSize } = config.training;
  const stepsPerEpoch = Math.floor(images.entries.length / batchSize);
  if (stepsPerEpoch === 0) {
    throw new InputError(
      `${options.source} holds ${images.entries.length} images, expected at least one batch of ${batchSize} (training.batchSize).`,
    );
  }
  const oracle = openOracle(config, images.entries);
  checkRunFolder(out, resume);
  await loadBackend(config.backend);
  let folder: RunFolder | undefined;
  try {
    folder = RunFolder.open(out, resume);
    const result = await train(folder, { images, stepsPerEpoch, oracle }, options);
    return config.logging.report && result.finished ? { ...result, ...(await reportOn(folder, images)) } : result;
  } catch (error) {
    throw explainDiskError(error, out);
  } finally {
    folder?.close();
  }
}

/** A run that has ended well is not spoilt by a report that cannot be written. */
async function reportOn({ path, log }: RunFolder, images: ImageSource): Promise<{ report?: string }> {
  try {
    return { report: (await writeReport(path, { images })).file };
  } catch (error) {
    log?.say(`the report could not be written: ${(error as Error).message}`);
    return {};
  }
}
