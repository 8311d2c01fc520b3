import { resolve } from 'node:path';
import { createProgress, loadConfig, type PretrainResult, pretrain } from '@cribo/trainer';

const settings = resolve(import.meta.dirname, '../config.yaml');

/**
 * Pretrains on a folder of images with the settings in `config.yaml`.
 * @param images the folder; it is searched recursively
 * @param out where config, metrics and checkpoints go
 * @param set settings that replace those of the file, such as `training.epochs=10`
 */
export async function pretrainFolder(images: string, out: string, set: string[] = []): Promise<PretrainResult> {
  const stop = new AbortController();
  // The first Ctrl-C finishes the step under way and writes a checkpoint.
  const onInterrupt = () => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    return await pretrain({
      source: images,
      out,
      config: await loadConfig({ file: settings, set }),
      signal: stop.signal,
      progress: (steps, first) => createProgress('pretrain', steps, first),
    });
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}
