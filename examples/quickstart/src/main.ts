// Pretrains a small vision transformer on drawn scenes and shows what it has learned:
//   pnpm quickstart [--steps <n>] [--scenes <n>] [--out <folder>] [--json]
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openFolder, type SegItem } from '@cribo/eval-seg';
import { Generator } from '@cribo/tensor';
import { createProgress, loadConfig, loadWeights, pretrain, readCheckpointInfo } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { readArguments } from './arguments.js';
import { findObjects, matchObjects, type SceneObjects } from './objects.js';
import { writePicture } from './picture.js';
import { sceneFolders, sceneSize } from './scene-folders.js';
import { segment } from './segment.js';
import { variedScenes } from './varied-scenes.js';

const { steps, scenes, out, cache, json } = readArguments('quickstart');
const began = performance.now();
const say = (line: string) =>
  console.error(`[${((performance.now() - began) / 1000).toFixed(0).padStart(3)} s] ${line}`);

say(`Drawing ${scenes} scenes to learn from, and ${2 * Math.floor(scenes / 8)} labelled ones to judge by.`);
const folders = await sceneFolders(cache, scenes);

say('Pretraining a vision transformer on them, without labels.');
const config = await loadConfig({ preset: 'quickstart', overrides: { training: { maxSteps: steps } } });
rmSync(join(out, 'run'), { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const run = await pretrain({
  source: folders.pretrain,
  out: join(out, 'run'),
  config,
  progress: (total, first) => createProgress('pretraining', total, first),
});

say('Segmenting the labelled scenes by retrieval, with the features of the network before and after.');
const info = await readCheckpointInfo(run.checkpoint);
const [memory, query] = [await openFolder(folders.memory), await openFolder(folders.validation)];
const before = await loadWeights(run.checkpoint, info, 'random');
const after = await loadWeights(run.checkpoint, info, 'teacher');
const random = await segment(before, info.network, { memory, query, imageSize: sceneSize });
const trained = await segment(after, info.network, { memory, query, imageSize: sceneSize });

say('Finding objects and their matches for the picture.');
const items: SegItem[] = [];
const found: SceneObjects[] = [];
for (let i = 0; i < query.length; i++) {
  items.push(await query.item(i));
  const rng = Generator.fromSeed(config.seed).split(`views of scene ${i}`);
  found.push(await findObjects(items[i]!, { params: after, network: info.network, config, rng }));
}
const shown = variedScenes(items, 4);
const matches = await matchObjects(found, shown);
const picture = join(out, 'quickstart.png');
await writePicture(picture, {
  items,
  found,
  shown,
  matches,
  classes: query.classes,
  random,
  trained,
  steps: run.steps,
});
tf.dispose([before, after, found.map(({ objects, valid }) => [objects, valid])]);

const seconds = (performance.now() - began) / 1000;
const difference = trained.mIoU - random.mIoU;
if (json) {
  const result = {
    random: random.mIoU,
    trained: trained.mIoU,
    difference,
    steps: run.steps,
    seconds,
    picture,
    report: run.report,
  };
  console.log(JSON.stringify(result));
} else {
  console.log(`mIoU with random features      ${random.mIoU.toFixed(1)} %`);
  console.log(
    `mIoU with pretrained features  ${trained.mIoU.toFixed(1)} % (${difference >= 0 ? '+' : ''}${difference.toFixed(1)})`,
  );
  console.log(`${run.steps} steps, ${seconds.toFixed(0)} seconds`);
  console.log(picture);
  if (run.report !== undefined) console.log(run.report);
}
