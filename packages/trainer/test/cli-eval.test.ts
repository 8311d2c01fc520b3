import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { addDatasetOptions, type DatasetFlags, openDatasets } from '../src/commands/eval-dataset.js';
import { listEvaluations, readEvaluation } from '../src/evaluations/saved.js';
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
    const [saved] = listEvaluations(dirname(dirname(checkpoint)));
    expect(saved!.pictures.map(({ file }) => basename(file))).toEqual([
      'prediction-1.png',
      'prediction-2.png',
      'neighbours-1.png',
      'neighbours-2.png',
      'class-iou.png',
      'confusion.png',
    ]);
    expect(result.confusion.flat().reduce((sum: number, patches: number) => sum + patches, 0)).toBe(2 * 16);
    expect(saved!.pictures[4]!.caption).toBe('IoU of every class, patches, the whole memory.');
  });

  it('draws the neighbours of the patches it is asked for', async () => {
    const root = await putLabelled(layouts.folder!);
    const save = scratch();
    const patches = ['--query-patch', '1:0:2', '--query-patch', '0:3:3', '--pictures', '1'];
    const args = ['--dataset', 'folder', '--root', root, '--k', '1', '--subsampling', '1', '--save', save];
    expect(denseNN(...args, ...patches)).toMatchObject({ status: 0 });
    const { pictures } = readEvaluation(join(save, readdirSync(save)[0]!))!;
    const neighbours = pictures.filter(({ file }) => basename(file).startsWith('neighbours'));
    expect(neighbours.map(({ caption }) => caption.split(', and')[0])).toEqual([
      '1, patch in row 0 and column 2',
      '0, patch in row 3 and column 3',
    ]);
    const { width, height } = await sharp(neighbours[0]!.file).metadata();
    // The query and seven neighbours of 32 px with gaps of 4.
    expect([width, height]).toEqual([8 * 32 + 7 * 4, 32]);
  });

  it('takes a memory of augmented views and of a given size, and an approximate index, and tells its recall', async () => {
    const root = await putLabelled(layouts.folder!);
    const memory = ['--memory-epochs', '2', '--memory-size', '8', '--memory-seed', '1'];
    const index = ['--index', 'usearch', '--recall-queries', '6', '--k', '2', '--subsampling', '1'];
    const { status, stdout, stderr } = denseNN('--dataset', 'folder', '--root', root, ...memory, ...index, '--json');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ memoryEpochs: 2, memorySize: 8, memorySeed: 1, recallQueries: 6 });
    expect(result.memory).toMatchObject({ images: 2, patches: 8 });
    expect(result.ratios[0].recall).toEqual({ mean: 1, std: 0 });
    expect(result.reproduce.settings).toMatchObject({ memoryEpochs: 2, memorySize: 8, index: 'usearch' });
    // Every phase says on a line of its own how far it is, and how long it will take.
    for (const line of ['memory    4/4', 'query     2/2', 'recall    6/6', 'index     8/8', 'retrieval 32/32']) {
      expect(stderr).toMatch(new RegExp(`^${line}, ETA \\d+ s$`, 'm'));
    }
    const { stdout: text } = denseNN('--dataset', 'folder', '--root', root, ...memory, ...index);
    expect(text).toMatch(
      /\(2, 2 epochs, 8 patches\), .*\n {2}memory {2}patches .* recall@2 *\n {2}1\/1 .* 100\.00 *\n/,
    );
    expect(text).toMatch(/share of the exact neighbours of 6 query patches that it finds\.$/m);
  });

  it('searches by an index of a module of one’s own', async () => {
    const root = await putLabelled(layouts.folder!);
    const path = join(scratch(), 'first.mjs');
    // An index that always finds the row that was added first.
    writeFileSync(
      path,
      `export default () => ({
        add() {},
        nearest: ({ rows }, k) => ({
          indices: new Int32Array(rows * k).map((_, i) => (i % k === 0 ? 0 : -1)),
          similarities: new Float32Array(rows * k),
        }),
      });`,
    );
    const flags = ['--dataset', 'folder', '--root', root, '--index', path, '--k', '1', '--subsampling', '1'];
    const { status, stdout } = denseNN(...flags, '--json');
    expect(status).toBe(0);
    const [whole] = JSON.parse(stdout).ratios;
    // All patches are called by the label of the first one; half of them have it.
    expect(whole.patch).toMatchObject({ accuracy: { mean: 0.5 }, iou: [0.5, null, 0] });
    expect(whole.recall.mean).toBeLessThan(0.5);
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

    const picture = (width: number, colours: 'srgb' | 'b-w') =>
      sharp({ create: { width, height: 32, channels: 3, background: 'black' } })
        .toColourspace(colours)
        .png()
        .toBuffer();

    it.each([
      ['voc2012', 'in colours', () => picture(32, 'srgb'), 'the mask is RGB, expected one channel of class ids'],
      [
        'coco-stuff',
        'of another size',
        () => picture(31, 'b-w'),
        'the mask has 31 x 32 pixels, expected 32 x 32 as in ',
      ],
      ['folder', 'that is not there', undefined, 'no such mask, expected one for '],
    ])('a mask of %s %s', async (dataset, _, bytes, sentence) => {
      const layout = layouts[dataset]!;
      const root = await putLabelled(layout);
      const mask = layout.mask(layout.splits[0], 1);
      rmSync(join(root, mask));
      if (bytes) writeFileSync(join(root, mask), await bytes());
      refuses(['--dataset', dataset, '--root', root], new RegExp(`^cribo: .*${mask}: ${sentence}.*$`, 'm'));
    });

    it('an index whose package is not installed', async () => {
      const root = await putLabelled(layouts.folder!);
      const flags = ['--dataset', 'folder', '--root', root, '--index'];
      vi.stubEnv('NODE_OPTIONS', withoutUsearch());
      onTestFinished(() => void vi.unstubAllEnvs());
      refuses(
        [...flags, 'usearch'],
        /^cribo: The index usearch needs the package usearch, which is not installed here; run: npm install usearch$/m,
      );
    });

    it('a memory of fewer patches than views', async () => {
      const root = await putLabelled(layouts.folder!);
      const { status, stderr } = denseNN('--dataset', 'folder', '--root', root, '--memory-size', '1');
      expect(stderr).toMatch(/^cribo: memorySize: got 1 patches, wanted at least one for each of the 2 views$/m);
      expect(status).toBe(2);
    });

    it('a query patch that is not one', async () => {
      const root = await putLabelled(layouts.folder!);
      refuses(
        ['--dataset', 'folder', '--root', root, '--query-patch', '1:2'],
        /--query-patch.*expected image, row and column as whole numbers, such as 12:3:5/,
      );
      refuses(
        ['--dataset', 'folder', '--root', root, '--k', '1', '--query-patch', '9:0:0'],
        /--query-patch is 9:0:0, expected an image below 2, a row and a column below 4\.$/m,
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

/** Node options under which the package usearch is not installed. */
function withoutUsearch(): string {
  const hook = `export async function resolve(name, context, next) {
    if (name !== 'usearch') return next(name, context);
    const error = new Error("Cannot find package 'usearch' imported from somewhere");
    error.code = 'ERR_MODULE_NOT_FOUND';
    throw error;
  }`;
  const register = `import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));`;
  const path = join(scratch(), 'without-usearch.mjs');
  writeFileSync(path, register);
  return `--import ${pathToFileURL(path).href}`;
}
