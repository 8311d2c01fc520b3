import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../../test-support/golden.js';
import { ade20kClasses, encodePng, evaluateDenseNN, openAde20k, type SegDataset } from '../src/index.js';
import { colourModel } from './colour-model.js';
import { classIds, labelledRow, range } from './labelled-files.js';
import { grayPng } from './png.js';
import { scenes } from './scenes.js';
import { temporaryFolder } from './temporary-folder.js';

const base = 'ADEChallengeData2016';

/** ADE20K with one image to evaluate on, whose mask has these labels. */
function ade(...labels: number[]): string {
  const { image, mask } = labelledRow(...labels);
  return temporaryFolder({
    [`${base}/images/validation/ADE_val_00000001.jpg`]: image,
    [`${base}/annotations/validation/ADE_val_00000001.png`]: mask,
  });
}

/** The files of a split of ADE20K with the images of a data set: class c is label c + 1, void is 0. */
async function adeFiles(dataset: SegDataset, split: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < dataset.length; i++) {
    const { image, mask } = await dataset.item(i);
    const stem = `ADE_${split}_${`${i}`.padStart(8, '0')}`;
    const labels = mask.data.map((label) => (label === 255 ? 0 : label + 1));
    files[`${base}/images/${split}/${stem}.jpg`] = encodePng(image);
    files[`${base}/annotations/${split}/${stem}.png`] = grayPng(mask.width, mask.height, labels);
  }
  return files;
}

describe('openAde20k', () => {
  it('makes label 0 void and the labels 1 to 150 the classes 0 to 149', async () => {
    const dataset = await openAde20k(ade(...range(0, 150), 255), 'validation');
    expect([dataset.name, dataset.classes.length]).toEqual(['ade20k validation', 150]);
    expect(await classIds(dataset)).toEqual([255, ...range(0, 149), 255]);
  });

  it('names the 150 classes of the benchmark in its order', () => {
    expect(new Set(ade20kClasses).size).toBe(150);
    const named = [0, 7, 12, 20, 80, 136, 149].map((c) => ade20kClasses[c]);
    expect(named).toEqual(['wall', 'bed', 'person', 'car', 'bus', 'traffic light', 'flag']);
  });

  it.each([151, 254])('refuses the label %i', async (label) => {
    await expect((await openAde20k(ade(1, label), 'validation')).item(0)).rejects.toThrow(
      new RegExp(
        `ADE_val_00000001\\.png: found label ${label}, expected 0 \\(void\\), 1 to 150 \\(150 classes\\) or 255$`,
      ),
    );
  });

  it('is found from its own folder, from the one above and from two above', async () => {
    const root = ade(1);
    const { image, mask } = labelledRow(1);
    const up = temporaryFolder({
      [`ade/${base}/images/validation/a.jpg`]: image,
      [`ade/${base}/annotations/validation/a.png`]: mask,
    });
    for (const folder of [root, join(root, base), up]) {
      expect((await openAde20k(folder, 'validation')).length).toBe(1);
    }
  });

  it('names what the layout lacks', async () => {
    const empty = temporaryFolder({ 'notes.txt': '' });
    await expect(openAde20k(empty, 'training')).rejects.toThrow(
      `${join(empty, 'images')}: no such folder, expected ADE20K in ${empty} or in ${base} below it`,
    );
    const root = ade(1);
    await expect(openAde20k(root, 'training')).rejects.toThrow(
      `${join(root, base, 'images/training')}: no such folder, expected the images of ADE20K, found validation`,
    );
    const strange = temporaryFolder({ 'images/training/a.png': '', 'annotations/training/a.png': '' });
    await expect(openAde20k(strange, 'training')).rejects.toThrow(/images\/training: found no \.jpg images/);
  });

  it('goes through the whole evaluation with the numbers of the same images in memory', async () => {
    await useBackend('cpu');
    const before = tf.memory().numTensors;
    const [memory, query] = [scenes('memory', 12, 1), scenes('query', 4, 2)];
    const root = temporaryFolder({ ...(await adeFiles(memory, 'training')), ...(await adeFiles(query, 'validation')) });
    const options = { model: colourModel(8), imageSize: 32, patchSize: 8, k: 5, subsampling: [1, 4], seeds: 2 };
    const expected = await evaluateDenseNN({ ...options, memory, query });
    const read = await evaluateDenseNN({
      ...options,
      memory: await openAde20k(root, 'training'),
      query: await openAde20k(root, 'validation'),
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(read.memory).toEqual({ name: 'ade20k training', images: 12, patches: 192 });
    read.ratios.forEach(({ patch, pixelBilinear }, i) => {
      const of = expected.ratios[i]!;
      expect(patch.iou).toEqual([...of.patch.iou, ...Array(146).fill(null)]);
      expect(patch.mIoU).toEqual(of.patch.mIoU);
      expect(pixelBilinear.mIoU).toEqual(of.pixelBilinear.mIoU);
    });
    expect(read.ratios[0]!.patch.mIoU.mean).toBeGreaterThan(0.7);
  });
});
