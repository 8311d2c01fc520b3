import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, symlink, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ImageEntry, type ImageSource, openImages } from '../src/data/index.js';
import { InputError } from '../src/errors.js';
import { batches, hashes, noise, options, put, putImage, testFolder } from './data-fixtures.js';

const folder = testFolder();
const at = (name: string) => join(folder.path, name);
const putText = (name: string, text = '') => put(at(name), text);
const files = ({ entries }: ImageSource) => entries.map(({ file }) => file);

describe('a folder', () => {
  it('means all images below it, sorted by code units', async () => {
    const names = ['tree/b/2.PNG', 'tree/a/10.jpeg', 'tree/a/9.jpeg', 'tree/Z.webp', 'tree/1.png', 'tree/a-b/1.gif'];
    for (const name of names) await putText(name);
    await putText('tree/notes.txt');
    const source = await openImages(at('tree'));
    expect(files(source)).toEqual([...names].sort().map(at));
    expect(source).toMatchObject({ layout: 'folder', description: '6 images below tree' });
  });

  it('leaves out what is hidden', async () => {
    for (const name of ['mac/photo.jpg', 'mac/._photo.jpg', 'mac/.thumbnails/photo.jpg']) await putText(name);
    expect(files(await openImages(at('mac')))).toEqual([at('mac/photo.jpg')]);
  });

  it('follows links to folders, each folder once and never in circles', async () => {
    await putText('linked/own.jpg');
    await putText('elsewhere/there.jpg');
    await symlink(at('elsewhere'), at('linked/to-elsewhere'));
    await symlink(at('elsewhere'), at('linked/to-elsewhere-again'));
    await symlink(at('linked'), at('linked/to-itself'));
    await symlink(at('linked'), at('elsewhere/back'));
    await symlink('nowhere', at('linked/dangling'));
    expect(files(await openImages(at('linked')))).toEqual([at('linked/own.jpg'), at('linked/to-elsewhere/there.jpg')]);
  });

  it('of classes labels every image by its folder', async () => {
    for (const name of ['cat/1.jpg', 'cat-big/1.jpg', 'ant/deep/1.jpg', 'cat/2.jpg']) await putText(`classes/${name}`);
    await mkdir(at('classes/empty'));
    const source = await openImages(at('classes'));
    expect(source).toMatchObject({ layout: 'classes', classes: ['ant', 'cat', 'cat-big'] });
    const named = source.entries.map(({ file, label }) => [file.slice(at('classes/').length), label]);
    expect(named).toEqual([
      ['ant/deep/1.jpg', 0],
      ['cat-big/1.jpg', 2],
      ['cat/1.jpg', 1],
      ['cat/2.jpg', 1],
    ]);
  });
});

describe('a data set in splits', () => {
  const imagenet = async (root: string) => {
    for (const image of ['train/n01/a.JPEG', 'train/n02/b.JPEG', 'val/n01/c.JPEG', 'test/d.JPEG']) {
      await putText(`${root}/${image}`);
    }
    return at(root);
  };

  it('in ImageNet layout gives train, and other splits by name', async () => {
    const root = await imagenet('imagenet');
    const train = await openImages(root);
    expect(train).toMatchObject({
      layout: 'imagenet',
      classes: ['n01', 'n02'],
      description: '2 images in 2 folders below train, split train',
    });
    expect(files(train)).toEqual([join(root, 'train/n01/a.JPEG'), join(root, 'train/n02/b.JPEG')]);
    expect(files(await openImages(root, { split: 'val' }))).toEqual([join(root, 'val/n01/c.JPEG')]);
    await expect(openImages(root, { split: 'dev' })).rejects.toThrow(
      `${root}: has no split "dev", only test, train, val`,
    );
  });

  it('does not take a class for a split', async () => {
    for (const name of ['train/1.jpg', 'plane/1.jpg']) await putText(`vehicles/${name}`);
    expect((await openImages(at('vehicles'))).classes).toEqual(['plane', 'train']);
  });

  it('takes the folder of a split where there is one', async () => {
    for (const name of ['small/1.jpg', 'large/1.jpg']) await putText(`sizes/${name}`);
    expect(files(await openImages(at('sizes'), { split: 'small' }))).toEqual([at('sizes/small/1.jpg')]);
    await expect(openImages(at('sizes'), { split: 'tiny' })).rejects.toThrow(/sizes: has no split "tiny", expected a/);
  });

  it.each(['', 'images/'])('in COCO layout gives the images of train, below %j', async (images) => {
    const root = `coco-${images.length}`;
    for (const split of ['train2017', 'val2017']) {
      await putText(`${root}/annotations/instances_${split}.json`, '{}');
      await putText(`${root}/${images}${split}/000001.jpg`);
    }
    const train = await openImages(at(root));
    expect(train).toMatchObject({ layout: 'coco', description: '1 images below train2017, split train2017' });
    expect(files(train)).toEqual([at(`${root}/${images}train2017/000001.jpg`)]);
    expect(files(await openImages(at(root), { split: 'val' }))).toEqual([at(`${root}/${images}val2017/000001.jpg`)]);
    await putText(`${root}/${images}train2014/1.jpg`);
    await expect(openImages(at(root))).rejects.toThrow(
      /: has several splits, train2014 and train2017; name one, or its folder of images$/,
    );
  });

  it('asks for a list of a Pascal VOC folder, which holds masks beside the photos', async () => {
    await putText('VOC/JPEGImages/1.jpg');
    await putText('VOC/SegmentationClass/1.png');
    await putText('VOC/ImageSets/Segmentation/train.txt', '1\n');
    await expect(openImages(at('VOC'))).rejects.toThrow(
      /VOC: is a Pascal VOC folder, expected one of its lists in ImageSets, or JPEGImages$/,
    );
  });
});

describe('a list file', () => {
  it('gives paths relative to the list, in its order', async () => {
    const list = await putText('lists/train.txt', `../photos/2.png\r\n\n  ${at('photos/1.png')}\n`);
    const source = await openImages(list);
    expect(source).toMatchObject({ layout: 'list', description: '2 images listed in train.txt' });
    expect(files(source)).toEqual([at('photos/2.png'), at('photos/1.png')]);
  });

  it('gives Pascal VOC ids', async () => {
    const list = await putText('VOC2012/ImageSets/Segmentation/train.txt', '2007_000032\n2007_000039\n');
    const images = at('VOC2012/JPEGImages');
    expect(files(await openImages(list))).toEqual([join(images, '2007_000032.jpg'), join(images, '2007_000039.jpg')]);
  });
});

describe('tar shards', () => {
  const longName = `deep/${'folder/'.repeat(40)}long.jpg`;
  const members = new Map<string, Buffer>();
  beforeAll(async () => {
    for (let i = 0; i < 12; i++) members.set(`photo-${i}.png`, await noise(i).png().toBuffer());
    members.set(longName, await noise(12).jpeg().toBuffer());
  });

  /** Writes a shard of some members, in the order of their names, each with the other members given. */
  async function putShard(name: string, names: string[], others: Record<string, string> = {}): Promise<string> {
    await mkdir(dirname(at(name)), { recursive: true });
    const shard = pack();
    const written = once(shard.pipe(createWriteStream(at(name))), 'finish');
    for (const member of names) shard.entry({ name: member }, members.get(member)!);
    for (const [member, content] of Object.entries(others)) shard.entry({ name: member }, content);
    shard.finalize();
    await written;
    return at(name);
  }
  const photos = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `photo-${from + i}.png`);
  const read = async ({ file, offset, size }: ImageEntry) =>
    (await readFile(file)).subarray(offset, (offset ?? 0) + (size ?? 0));

  it('are indexed by the place of every image, also one of a very long name', async () => {
    const shard = await putShard('shards/a.tar', [...photos(0, 3), longName], {
      'photo-1.json': '{}',
      'notes.txt': '',
    });
    const source = await openImages(shard);
    expect(source).toMatchObject({ layout: 'tar', description: '4 images in 1 tar shards' });
    expect(source.entries.map(({ name }) => name)).toEqual([...photos(0, 3), longName].map((name) => `a.tar/${name}`));
    for (const [i, name] of [...photos(0, 3), longName].entries()) {
      expect(await read(source.entries[i]!)).toEqual(members.get(name));
    }
  });

  it('of GNU tar, with long names and folders, are read as well', async () => {
    await put(at(`gnu/${longName}`), members.get(longName)!);
    await put(at('gnu/photo-0.png'), members.get('photo-0.png')!);
    for (const format of ['gnu', 'pax', 'ustar']) {
      const excluded = format === 'ustar' ? ['--exclude=deep'] : [];
      execFileSync('tar', [`--format=${format}`, ...excluded, '-cf', at(`${format}.tar`), '-C', at('gnu'), '.']);
      const { entries } = await openImages(at(`${format}.tar`));
      const contents = await Promise.all(entries.map(read));
      const expected = ['photo-0.png', longName].slice(0, format === 'ustar' ? 1 : 2).map((name) => members.get(name)!);
      expect(contents.map((content) => content.toString('base64')).sort()).toEqual(
        expected.map((content) => content.toString('base64')).sort(),
      );
    }
  });

  it('take labels from .cls members', async () => {
    const others = { 'photo-0.cls': '7', 'photo-2.cls': '12\n', 'photo-1.cls': 'cat' };
    const { entries } = await openImages(await putShard('labelled.tar', photos(0, 3), others));
    expect(entries.map(({ label }) => label)).toEqual([7, undefined, 12]);
  });

  it('are named by a folder or in brace notation', async () => {
    await putShard('many/train-000.tar', photos(0, 4));
    await putShard('many/train-001.tar', photos(4, 8));
    const [whole, braced] = [await openImages(at('many')), await openImages(at('many/train-{000..001}.tar'))];
    expect(whole).toMatchObject({ layout: 'tar', description: '8 images in 2 tar shards' });
    expect(braced).toEqual(whole);
    await expect(openImages(at('many/train-{000..002}.tar'))).rejects.toThrow(
      /\.tar: \S+many\/train-002\.tar is missing$/,
    );
  });

  it('that are held out are only read when asked for', async () => {
    await putShard('both/set-train-0.tar', photos(0, 4));
    await putShard('both/set-val-0.tar', photos(4, 5));
    expect((await openImages(at('both'))).entries).toHaveLength(4);
    expect((await openImages(at('both'), { split: 'val' })).entries).toHaveLength(1);
    await expect(openImages(at('both'), { split: 'dev' })).rejects.toThrow(
      /both: none of the 2 shards is named "dev"$/,
    );
  });

  it('give the same batches as the files they hold, in threads or not', async () => {
    const names = photos(0, 12);
    const source = await openImages(await putShard('batches.tar', names));
    const single = await Promise.all(names.map((_, i) => putImage(at(`single/photo-${i}.png`), i)));
    const expected = await batches(options(single, { strict: true }));
    const settings = options([], { entries: source.entries, strict: true });
    const found = await batches(settings);
    expect(found.map(({ views }) => views)).toEqual(expected.map(({ views }) => views));
    expect(await hashes({ ...settings, workers: 2 })).toEqual(await hashes(settings));
  });

  it('that are compressed, cut off or no tar files are refused by name', async () => {
    const shard = await putShard('whole.tar', photos(0, 3));
    const bytes = await readFile(shard);
    for (const name of ['zipped.tar.gz', 'zipped.tar']) {
      await expect(openImages(await put(at(name), gzipSync(bytes)))).rejects.toThrow(
        new RegExp(`${name}: is compressed by gzip, expected a plain tar file; decompress it first$`),
      );
    }
    await truncate(shard, 2000);
    await expect(openImages(shard)).rejects.toThrow(/whole\.tar: ends in the middle of a member, expected a whole tar/);
    await expect(openImages(await putText('text.tar', 'text '.repeat(500)))).rejects.toThrow(
      /text\.tar: is no readable tar file \(.+\)$/,
    );
  });

  it('that changed since they were indexed are reported image by image', async () => {
    const shard = await putShard('shrunk.tar', photos(0, 6));
    const { entries } = await openImages(shard);
    await truncate(shard, entries[5]!.offset! + 10);
    const skipped: string[] = [];
    const found = await batches(
      options([], { entries, batchSize: 6, maxUnreadable: 0.2, onSkip: (_, reason) => void skipped.push(reason) }),
    );
    expect(found).toHaveLength(1);
    expect(skipped).toEqual([
      expect.stringMatching(/^shrunk\.tar\/photo-5\.png: cannot be read as an image \(ends \d+ bytes early\)$/),
    ]);
    await rm(shard);
    await expect(batches(options([], { entries }))).rejects.toThrow(/ENOENT/);
  });
});

describe('openImages', () => {
  it.each([
    ['what does not exist', 'nowhere', undefined, /nowhere: no such folder, list file of images or tar shard$/],
    [
      'a folder without images',
      'nothing',
      'nothing/notes.txt',
      /nothing: holds no image, expected files ending in jpg, .*$/,
    ],
    ['an empty list', 'empty.txt', 'empty.txt', /empty\.txt: holds no image, expected files ending in .*$/],
    ['a line that is no path', 'bad.txt', 'bad.txt', /bad\.txt: line 3 is "id 17", expected the path of an image$/],
    ['an image', 'one.jpg', 'one.jpg', /one\.jpg: is a single image, expected a folder, a list file of images or tar/],
  ])('refuses %s in one sentence', async (_, source, file, sentence) => {
    if (file !== undefined) await putText(file, source === 'bad.txt' ? 'a.png\n\nid 17\n' : '');
    const error = await openImages(at(source)).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(sentence);
  });
});
