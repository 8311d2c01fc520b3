import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { addDatasetOptions, type DatasetFlags, openDatasets } from '../src/commands/eval-dataset.js';
import { loadConfig, pretrain } from '../src/index.js';
import { cribo, scratch } from './cribo.js';
import { type Layout, layouts, putLabelled } from './labelled-layouts.js';
import { putImages, tiny } from './tiny-run.js';

describe('the data set flags of an evaluation', () => {
  /** Opens the data sets that a command line names, as an evaluation does. */
  function open(...args: string[]) {
    const command = addDatasetOptions(
      new Command(),
      { flag: '--memory-split <name>', description: 'split to retrieve from' },
      { flag: '--query-split <name>', description: 'split to segment' },
    );
    const flags = command
      .parse(args, { from: 'user' })
      .opts<DatasetFlags & { memorySplit?: string; querySplit?: string }>();
    return openDatasets(flags, flags.memorySplit, flags.querySplit);
  }

  it.each(Object.keys(layouts))('--dataset %s opens the usual splits with their classes', async (dataset) => {
    const layout = layouts[dataset]!;
    const root = await putLabelled(layout);
    const opened = await open('--dataset', dataset, '--root', root);
    const name = dataset === 'folder' ? root : dataset;
    expect(opened.map((split) => split.name)).toEqual(layout.splits.map((split) => `${name} ${split}`));
    for (const { length, classes, item } of opened) {
      expect([length, classes.length]).toEqual([2, layout.count]);
      expect([...new Set((await item(1)).mask.data)]).toEqual(layout.classes);
    }
  });

  it('names other splits, limits them, and makes another label of a plain folder void', async () => {
    const root = await putLabelled(layouts.folder!);
    const args = ['--memory-split', 'val', '--query-split', 'train', '--limit', '1', '--ignore-label', '0'];
    const [memory, query] = await open('--dataset', 'folder', '--root', root, ...args);
    expect([memory.name, query.name, memory.length, query.length]).toEqual([`${root} val`, `${root} train`, 1, 1]);
    expect([...new Set((await query.item(0)).mask.data)]).toEqual([255, 2]);
  });

  it.each([
    ['voc2012', /ImageSets\/Segmentation: no such folder, expected Pascal VOC 2012 in /],
    ['pascal-context', /ImageSets\/SegmentationContext: no such folder, expected Pascal Context in /],
    ['coco-stuff', /images\/train2017: no such folder, expected the images of COCO-Stuff 164k, found training$/],
    ['ade20k', /annotations\/training: no such folder, expected the masks of ADE20K$/],
    ['folder', /masks: no such folder, expected the masks$/],
  ])('names what a layout lacks to be %s', async (dataset, sentence) => {
    const root = scratch();
    mkdirSync(join(root, 'images', 'training'), { recursive: true });
    await expect(open('--dataset', dataset, '--root', root)).rejects.toThrow(sentence);
  });
});

describe('cribo eval dense-nn', () => {
  let checkpoint: string;
  beforeAll(async () => {
    const config = await loadConfig({ overrides: { ...tiny, training: { ...tiny.training, maxSteps: 1 } } });
    ({ checkpoint } = await pretrain({ source: await putImages(4), out: join(scratch(), 'run'), config }));
  });
  const denseNN = (...args: string[]) => cribo('eval', 'dense-nn', '--checkpoint', checkpoint, ...args);

  it('evaluates on a data set by its name', async () => {
    const root = await putLabelled(layouts['coco-stuff']!);
    const retrieval = ['--k', '1', '--subsampling', '1'];
    const { status, stdout, stderr } = denseNN('--dataset', 'coco-stuff', '--root', root, ...retrieval, '--json');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      memory: { name: 'coco-stuff train2017', images: 2 },
      query: { name: 'coco-stuff val2017', images: 2 },
    });
    // Every patch finds itself, so the two classes that occur are found without error and no other one is there.
    const ious: (number | null)[] = result.ratios[0].patch.iou;
    expect(ious).toHaveLength(171);
    expect(ious.flatMap((iou, c) => (iou === null ? [] : [[c, iou]]))).toEqual([
      [11, 1],
      [170, 1],
    ]);
  });

  describe('refuses in one sentence and with exit code 2', () => {
    const refuses = (args: string[], sentence: RegExp) => {
      const { status, stdout, stderr } = denseNN(...args);
      expect(stderr).toMatch(sentence);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    };

    it('the layout of another data set', async () => {
      const root = await putLabelled(layouts['coco-stuff']!);
      refuses(
        ['--dataset', 'ade20k', '--root', root],
        /^cribo: .*images\/training: no such folder, expected the images of ADE20K, found train2017, val2017$/m,
      );
    });

    it('a mask with a label that is no class', async () => {
      const wrong: Layout = { ...layouts.ade20k!, labels: [1, 151] };
      refuses(
        ['--dataset', 'ade20k', '--root', await putLabelled(wrong)],
        /^cribo: .*annotations\/training\/0\.png: found label 151, expected 0 \(void\), 1 to 150 \(150 classes\) or 255$/m,
      );
    });

    it('a void label for a data set that has one', () => {
      refuses(
        ['--dataset', 'ade20k', '--root', '.', '--ignore-label', '0'],
        /^cribo: --ignore-label is for --dataset folder; ade20k has a void label of its own\.$/m,
      );
    });
  });
});
