// What each loss term adds (the three rows of Table 5), on the drawn scenes of the quickstart:
//   pnpm ablation [--steps <n>] [--scenes <n>] [--out <folder>] [--json]
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openFolder } from '@cribo/eval-seg';
import { ablate, createProgress, loadConfig, studies, textLines } from '@cribo/trainer';
import { readArguments } from './arguments.js';
import { sceneFolders, sceneSize } from './scene-folders.js';

const { steps, scenes, out, cache, json } = readArguments('ablation');
const folders = await sceneFolders(cache, scenes);
const config = await loadConfig({
  preset: 'quickstart',
  // Three quarters of the quickstart's steps for each of the three runs.
  overrides: { training: { epochs: 6, maxSteps: steps }, logging: { report: false, tensorboard: false } },
});
const folder = join(out, 'ablation');
rmSync(folder, { recursive: true, force: true });
const result = await ablate({
  source: folders.pretrain,
  out: folder,
  config,
  study: studies.losses(),
  random: true,
  evaluation: {
    memory: await openFolder(folders.memory),
    query: await openFolder(folders.validation),
    imageSize: sceneSize,
  },
  onRun: ({ name, number, runs, secondsLeft }) =>
    console.error(
      `Run ${number} of ${runs}: ${name}${secondsLeft === undefined ? '' : `, about ${secondsLeft.toFixed(0)} s left`}`,
    ),
  progress: (total, first) => createProgress('pretraining', total, first),
});
if (json) console.log(JSON.stringify(result));
else {
  console.log(textLines(result).join('\n'));
  console.log(`${result.seconds.toFixed(0)} seconds; tables: ${Object.values(result.files).join(', ')}`);
}
// ONNX Runtime keeps its threads alive.
process.exit();
