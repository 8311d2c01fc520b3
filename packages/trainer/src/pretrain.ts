import { storesHalf } from '@cribo/tensor';
import { loadBackend } from './backends/load.js';
import type { Config } from './config/schema.js';
import { type ImageSource, openImages } from './data/index.js';
import { fromInput, InputError } from './errors.js';
import { openOracle } from './oracle/open-oracle.js';
import type { PretrainOptions, PretrainResult } from './pretrain-options.js';
import { writeReport } from './report/write-report.js';
import { explainDiskError } from './run/disk-errors.js';
import { checkRunFolder, RunFolder } from './run/run-folder.js';
import { type TrainingData, train } from './train.js';

/**
 * Pretrains a vision transformer on a folder of images: one call does everything, from loading the backend to the
 * last checkpoint. Throws an `InputError` for anything wrong with the arguments, before anything is written.
 */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const { config, out, resume = false } = options;
  const images = await fromInput(() => openImages(options.source, options));
  const data = trainingData(options.source, images, config);
  checkRunFolder(out, resume);
  await loadBackend(config.backend);
  checkBankStorage(config);
  let folder: RunFolder | undefined;
  try {
    folder = RunFolder.open(out, resume);
    const result = await train(folder, data, options);
    return config.logging.report && result.finished ? { ...result, ...(await reportOn(folder, images)) } : result;
  } catch (error) {
    throw explainDiskError(error, out);
  } finally {
    folder?.close();
  }
}

/** What a run with these settings learns from. @throws InputError of one sentence if the images do not suffice for it */
export function trainingData(source: string, images: ImageSource, config: Config): TrainingData {
  const { batchSize } = config.training;
  const stepsPerEpoch = Math.floor(images.entries.length / batchSize);
  if (stepsPerEpoch === 0) {
    throw new InputError(
      `${source} holds ${images.entries.length} images, expected at least one batch of ${batchSize} (training.batchSize).`,
    );
  }
  return { images, stepsPerEpoch, oracle: openOracle(config, images.entries) };
}

/** @throws InputError if the memory bank is to be kept in half precision by a backend that does not have it */
function checkBankStorage({ bank, backend }: Config): void {
  if (bank.storage !== 'float16' || storesHalf()) return;
  throw new InputError(
    `bank.storage is float16, which needs a backend that stores half precision, such as onnxruntime; ${backend.name} does not.`,
  );
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
