import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage } from '@cribo/augment/node';
import { openFolder } from '@cribo/eval-seg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawScene, sceneClasses, sceneHash } from '../src/scenes.js';
import { writeScenes } from '../src/write-scenes.js';

const options = { size: 48, seed: 1 };

describe('a scene', () => {
  const scenes = Array.from({ length: 120 }, (_, index) => drawScene(index, options));

  it('is the same whenever and wherever it is drawn', () => {
    expect(sceneHash(drawScene(3, options))).toBe(sceneHash(scenes[3]!));
    expect(sceneHash(scenes[3]!)).toBe('da3243cc36a06fdf3ac94de55543fa1e3f4a1596aea7a5508fc9d90a3dd4293b');
  });

  it('differs from the scenes of other numbers and seeds', () => {
    const others = [...scenes, drawScene(0, { ...options, seed: 2 })];
    expect(new Set(others.map(sceneHash)).size).toBe(others.length);
  });

  it('shows at least two classes of objects and some ground, and names what its mask holds', () => {
    for (const { mask, classes } of scenes) {
      expect(classes).toEqual([...new Set(mask)].sort((a, b) => a - b));
      expect(classes.length).toBeGreaterThanOrEqual(3);
      expect(classes.length).toBeLessThanOrEqual(4);
      expect(classes[0]).toBe(0);
      expect(classes.at(-1)).toBeLessThan(sceneClasses.length);
    }
  });

  it('shows every class of objects about equally often, and objects on a third of the picture', () => {
    const counts = new Array<number>(sceneClasses.length).fill(0);
    for (const { classes } of scenes) for (const label of classes) counts[label]!++;
    const [ground, ...objects] = counts;
    expect(ground).toBe(scenes.length);
    for (const count of objects) expect(count / scenes.length).toBeGreaterThan(0.25);
    for (const count of objects) expect(count / scenes.length).toBeLessThan(0.5);
    const covered = scenes.flatMap(({ mask }) => [...mask]).filter((label) => label > 0).length;
    const share = covered / (scenes.length * options.size ** 2);
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.5);
  });

  it('does not give its classes away by colour', () => {
    // The nearest neighbour by colour of an object, among the objects of other scenes: half of the time it is of the other
    // class of this colour.
    const objects = scenes.flatMap(meanColours);
    const hits = objects.filter((object) => {
      const others = objects.filter(({ scene }) => scene !== object.scene);
      const distance = ({ colour }: MeanColour) => Math.hypot(...colour.map((value, c) => value - object.colour[c]!));
      return others.reduce((a, b) => (distance(b) < distance(a) ? b : a)).label === object.label;
    });
    expect(hits.length / objects.length).toBeLessThan(0.6);
  });
});

interface MeanColour {
  scene: object;
  label: number;
  colour: number[];
}

/** The mean colour of every object of a scene. */
function meanColours(scene: ReturnType<typeof drawScene>): MeanColour[] {
  return scene.classes.slice(1).map((label) => {
    const colour = [0, 0, 0];
    let pixels = 0;
    scene.mask.forEach((at, pixel) => {
      if (at !== label) return;
      pixels++;
      for (let c = 0; c < 3; c++) colour[c]! += scene.image.data[pixel * 3 + c]!;
    });
    return { scene, label, colour: colour.map((sum) => sum / pixels) };
  });
}

describe('a folder of scenes', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scenes-'));
    await writeScenes(folder, { ...options, first: 5, count: 3 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('holds the drawn pixels', async () => {
    expect(await readdir(join(folder, 'images'))).toEqual(['00005.png', '00006.png', '00007.png']);
    const image = await decodeImage(join(folder, 'images/00006.png'));
    expect(Buffer.compare(image.data, drawScene(6, options).image.data)).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'classes.json'), 'utf8'))).toEqual(sceneClasses);
  });

  it('is read as a segmentation data set', async () => {
    const dataset = await openFolder(folder);
    expect(dataset.classes).toEqual(sceneClasses);
    expect(dataset.length).toBe(3);
    const { mask } = await dataset.item(1);
    expect(Buffer.compare(mask.data, drawScene(6, options).mask)).toBe(0);
  });
});
