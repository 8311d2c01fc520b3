// Pretrains on a folder of photos, or without one on drawn pictures:
//   node --conditions=@cribo/source --import tsx examples/pretrain-folder/src/main.ts [folder] [run folder] [key=value …]
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@cribo/trainer';
import { drawImages } from './draw-images.js';
import { pretrainFolder } from './pretrain-folder.js';

const [folder, out, ...set] = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), 'pretrain-folder-'));
const images = folder ?? join(scratch, 'images');
if (folder === undefined) await drawImages(images, 64);
try {
  const { checkpoint, steps, seconds, skipped, last } = await pretrainFolder(images, out ?? join(scratch, 'run'), set);
  console.log(`${steps} steps in ${seconds.toFixed(0)} s, loss ${last?.loss.toFixed(3)}, ${skipped} images skipped`);
  console.log(`weights: ${checkpoint}`);
  process.exit(0);
} catch (error) {
  // What was wrong with the folder or a setting is one sentence.
  if (!(error instanceof InputError)) throw error;
  console.error(error.message);
  process.exit(2);
}
