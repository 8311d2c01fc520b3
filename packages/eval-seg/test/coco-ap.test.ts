import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type CocoAnnotation,
  type CocoAp,
  type CocoBox,
  type CocoDetection,
  type CocoGroundTruth,
  cocoAp,
} from '../src/index.js';
import { numbers } from './numbers.js';

type Object_ = { at: CocoBox; image?: number; category?: number; area?: number; crowd?: boolean };
type Found = { at: CocoBox; score: number; image?: number; category?: number };

/** The evaluation of objects and detections, by default all of category 1 in image 1. */
function evaluate(objects: Object_[], found: Found[]): CocoAp {
  const annotations = objects.map(({ at, image = 1, category = 1, area = at[2] * at[3], crowd = false }) => ({
    image_id: image,
    category_id: category,
    bbox: at,
    area,
    iscrowd: crowd ? (1 as const) : (0 as const),
  }));
  const detections = found.map(({ at, score, image = 1, category = 1 }) => ({
    image_id: image,
    category_id: category,
    bbox: at,
    score,
  }));
  const groundTruth = { images: [{ id: 1 }, { id: 2 }], categories: [{ id: 1 }, { id: 7 }], annotations };
  return cocoAp({ groundTruth, detections });
}

/** A square of 40 pixels a side, `x` pixels from the left; two that are 10 apart have an IoU of 30 / 50. */
const square = (x: number, side = 40): CocoBox => [x, 0, side, side];

/** Compares to 12 digits: as in the official evaluator, a precision of 1 is short of 1 by the last bit. */
function expectNumbers(result: CocoAp, expected: Partial<Record<keyof CocoAp, number | null>>): void {
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) expect(result[name as 'AP'], name).toBeNull();
    else expect(result[name as 'AP'], name).toBeCloseTo(value, 12);
  }
}

describe('cocoAp by hand', () => {
  it('is 1 where every object is found in its place, and 0 where none is', () => {
    const objects = [{ at: square(0) }, { at: square(100), image: 2 }];
    const perfect = evaluate(objects, [
      { at: square(0), score: 0.2 },
      { at: square(100), score: 0.9, image: 2 },
    ]);
    expectNumbers(perfect, { AP: 1, AP50: 1, AP75: 1, APmedium: 1, AR1: 1, AR10: 1, AR100: 1, ARmedium: 1 });
    expectNumbers(evaluate(objects, []), { AP: 0, AP50: 0, AP75: 0, AR1: 0, AR100: 0 });
  });

  it('is null where there is no object: of that size, of that category, or at all', () => {
    const result = evaluate([{ at: square(0) }], [{ at: square(0), score: 1, category: 7 }]);
    expectNumbers(result, { AP: 0, APsmall: null, APmedium: 0, APlarge: null, ARsmall: null });
    expect(result.categories).toEqual([
      { id: 1, AP: 0 },
      { id: 7, AP: null },
    ]);
    expectNumbers(evaluate([], [{ at: square(0), score: 1 }]), { AP: null, AP50: null, AR100: null });
  });

  it('counts an IoU of 0.6 at the thresholds 0.50, 0.55 and 0.60 alone', () => {
    const result = evaluate([{ at: square(0) }], [{ at: square(10), score: 1 }]);
    expectNumbers(result, { AP: 3 / 10 });
    expectNumbers(result, { AP50: 1, AP75: 0 });
    expectNumbers(result, { AR100: 3 / 10 });
  });

  it('takes a second detection of an object for wrong', () => {
    const objects = [{ at: square(0) }, { at: square(100) }];
    const found = [
      { at: square(0), score: 0.9 },
      { at: square(0), score: 0.8 },
      { at: square(100), score: 0.7 },
    ];
    // Recall 0.5 at precision 1 (51 levels), recall 1 at precision 2/3 (50 levels).
    expectNumbers(evaluate(objects, found), { AP: (51 + 50 * (2 / 3)) / 101 });
    // With the duplicate last nothing is lost: all objects are found before it.
    expectNumbers(evaluate(objects, [found[0]!, { ...found[1]!, score: 0.1 }, found[2]!]), { AP: 1 });
  });

  it('reads the precision that is still reached at a higher recall', () => {
    const found = [
      { at: square(500), score: 0.9 },
      { at: square(0), score: 0.8 },
      { at: square(100), score: 0.7 },
    ];
    // Precision 0, 1/2, 2/3 becomes 2/3 at every level of recall.
    expectNumbers(evaluate([{ at: square(0) }, { at: square(100) }], found), { AP: 2 / 3 });
  });

  it('keeps the given order among equal scores, image by image', () => {
    const [right, wrong] = [
      { at: square(0), score: 0.5 },
      { at: square(500), score: 0.5 },
    ];
    expectNumbers(evaluate([{ at: square(0) }], [right, wrong]), { AP: 1 });
    expectNumbers(evaluate([{ at: square(0) }], [wrong, right]), { AP: 1 / 2 });
    const second = { at: square(0), image: 2 };
    expectNumbers(evaluate([second], [{ ...right, image: 2 }, wrong]), { AP: 1 / 2 });
  });

  it('neither rewards nor punishes what lies in a crowd', () => {
    const objects = [{ at: square(0) }, { at: [200, 0, 200, 200] as const, crowd: true }];
    const inCrowd = [210, 250, 300].map((x) => ({ at: square(x), score: 0.9 }));
    expectNumbers(evaluate(objects, [...inCrowd, { at: square(0), score: 0.5 }]), { AP: 1 });
    // The same boxes away from the crowd are three mistakes before the one that is right.
    const elsewhere = [610, 650, 700].map((x) => ({ at: square(x), score: 0.9 }));
    expectNumbers(evaluate(objects, [...elsewhere, { at: square(0), score: 0.5 }]), { AP: 1 / 4 });
  });

  it('measures sizes by the area of the mask, and ignores objects and stray detections of other sizes', () => {
    const small = { at: square(0), area: 900 };
    const large = { at: [200, 0, 100, 100] as const };
    const result = evaluate(
      [small, large],
      [
        { at: [600, 0, 100, 100], score: 0.9 },
        { at: square(0), score: 0.8 },
        { at: [200, 0, 100, 100], score: 0.7 },
      ],
    );
    // The stray large box and the large object play no part among the small ones.
    expectNumbers(result, { APsmall: 1, APmedium: null });
    expectNumbers(result, { APlarge: 1 / 2 });
    expectNumbers(result, { AP: 2 / 3 });
  });

  it('looks at the 100 detections of the highest scores', () => {
    const stray = Array.from({ length: 100 }, (_, i) => ({ at: square(500), score: 0.9 - i / 1000 }));
    const right = { at: square(0), score: 0.5 };
    expect(evaluate([{ at: square(0) }], [...stray, right]).AP).toBe(0);
    expectNumbers(evaluate([{ at: square(0) }], [...stray.slice(1), right]), { AP: 1 / 100 });
  });

  it('recalls with one, ten and a hundred detections per image', () => {
    const objects = Array.from({ length: 20 }, (_, i) => ({ at: square(100 * i) }));
    const result = evaluate(
      objects,
      objects.map(({ at }, i) => ({ at, score: 1 - i / 100 })),
    );
    expectNumbers(result, { AR1: 1 / 20, AR10: 10 / 20, AR100: 1 });
  });

  it('leaves out categories that the ground truth does not name, and refuses images it does not', () => {
    const right = { at: square(0), score: 0.5 };
    const stray = { at: square(500), score: 0.9, category: 12 };
    expectNumbers(evaluate([{ at: square(0) }], [right, stray]), { AP: 1 });
    expect(() => evaluate([{ at: square(0) }], [{ ...right, image: 3 }])).toThrow(
      'detections[0]: got image_id 3, wanted one of groundTruth.images',
    );
    expect(() => evaluate([{ at: square(0), image: 9 }], [])).toThrow(
      'groundTruth.annotations[0]: got image_id 9, wanted one of groundTruth.images',
    );
    expect(() => evaluate([], [{ ...right, score: Number.NaN }])).toThrow(
      'detections[0]: got bbox [0, 0, 40, 40] and score NaN, wanted finite numbers, four of them in bbox',
    );
    // Results of another task, such as segmentation.
    const { at: _, ...boxless } = right;
    expect(() => evaluate([], [boxless as Found])).toThrow(
      'detections[0]: got no bbox and score 0.5, wanted finite numbers, four of them in bbox',
    );
  });
});

/**
 * AP and AR by their definitions: at every level of recall the highest precision of any longer list of detections that reaches it, for
 * one category after another; every detection ranks its candidates anew.
 */
function byDefinition(truth: CocoGroundTruth, detections: CocoDetection[], thresholds: number[], range: number[]) {
  const inRange = (area: number) => area >= range[0]! && area <= range[1]!;
  const aps: number[] = [];
  const ars: number[] = [];
  for (const { id } of truth.categories) {
    const isToFind = (object: CocoAnnotation) => object.iscrowd !== 1 && inRange(object.area);
    const toFind = truth.annotations.filter((object) => object.category_id === id && isToFind(object)).length;
    if (toFind === 0) continue;
    for (const threshold of thresholds) {
      const outcomes: { score: number; outcome: 'right' | 'wrong' | 'ignored' }[] = [];
      for (const image of [...truth.images].sort((a, b) => a.id - b.id)) {
        const free = truth.annotations.filter((o) => o.category_id === id && o.image_id === image.id);
        let left = detections.filter((d) => d.category_id === id && d.image_id === image.id);
        for (let rank = 0; rank < 100 && left.length > 0; rank++) {
          const score = Math.max(...left.map((d) => d.score));
          const next = left.find((d) => d.score === score)!;
          left = left.filter((d) => d !== next);
          const candidates = free
            .map((object, index) => ({ object, index, iou: iou(next.bbox, object.bbox, object.iscrowd === 1) }))
            .filter(({ iou }) => iou >= threshold)
            .sort(
              (a, b) => Number(isToFind(b.object)) - Number(isToFind(a.object)) || b.iou - a.iou || b.index - a.index,
            );
          const object = candidates[0]?.object;
          if (object && object.iscrowd !== 1) free.splice(free.indexOf(object), 1);
          const stray = inRange(next.bbox[2] * next.bbox[3]) ? 'wrong' : 'ignored';
          outcomes.push({ score, outcome: object ? (isToFind(object) ? 'right' : 'ignored') : stray });
        }
      }
      const ranked = outcomes.sort((a, b) => b.score - a.score).filter(({ outcome }) => outcome !== 'ignored');
      const points = ranked.map((_, i) => {
        const right = ranked.slice(0, i + 1).filter(({ outcome }) => outcome === 'right').length;
        return { recall: right / toFind, precision: right / (i + 1) };
      });
      ars.push(points.at(-1)?.recall ?? 0);
      for (let level = 0; level <= 100; level++) {
        const reached = points.filter(({ recall }) => recall >= level / 100 - 1e-9).map(({ precision }) => precision);
        aps.push(Math.max(0, ...reached));
      }
    }
  }
  const mean = (values: number[]) => (values.length ? values.reduce((a, b) => a + b) / values.length : null);
  return { ap: mean(aps), ar: mean(ars) };
}

/** Counted in cells of a quarter pixel, as all boxes of the random cases lie on them. */
function iou(a: CocoBox, b: CocoBox, crowd: boolean): number {
  const overlap = (low: number, length: number, otherLow: number, otherLength: number) => {
    let cells = 0;
    for (let cell = 4 * low; cell < 4 * (low + length); cell++) {
      if (cell >= 4 * otherLow && cell < 4 * (otherLow + otherLength)) cells++;
    }
    return cells;
  };
  const both = overlap(a[0], a[2], b[0], b[2]) * overlap(a[1], a[3], b[1], b[3]);
  const [areaA, areaB] = [16 * a[2] * a[3], 16 * b[2] * b[3]];
  return both / (crowd ? areaA : areaA + areaB - both);
}

function randomCase(seed: number): { groundTruth: CocoGroundTruth; detections: CocoDetection[] } {
  const next = numbers(seed);
  const int = (n: number) => Math.floor(next() * n);
  const images = [31, 4, 15].map((id) => ({ id }));
  const categories = [{ id: 3 }, { id: 1 }, { id: 90 }];
  const annotations: CocoAnnotation[] = [];
  const detections: CocoDetection[] = [];
  for (const { id: image_id } of images) {
    for (let i = int(6); i > 0; i--) {
      const bbox = [int(60), int(60), 10 + int(100), 10 + int(100)] as const;
      const category_id = categories[int(2)]!.id;
      const area = bbox[2] * bbox[3] * (next() < 0.5 ? 1 : 0.6);
      annotations.push({ image_id, category_id, bbox, area, iscrowd: next() < 0.2 ? 1 : 0 });
      for (let j = int(4); j > 0; j--) {
        const moved = bbox.map((value) => value + int(12) / 4) as unknown as CocoBox;
        detections.push({ image_id, category_id, bbox: moved, score: int(6) / 6 });
      }
    }
    for (let i = int(3); i > 0; i--) {
      const bbox = [int(60), int(60), 10 + int(90), 10 + int(90)] as const;
      detections.push({ image_id, category_id: categories[int(3)]!.id, bbox, score: int(6) / 6 });
    }
  }
  return { groundTruth: { images, categories, annotations }, detections };
}

describe('cocoAp on random boxes', () => {
  it('equals the definitions, with crowds, equal scores and all sizes', () => {
    const all = Array.from({ length: 10 }, (_, i) => 0.5 + i * 0.05);
    let compared = 0;
    for (let seed = 0; seed < 12; seed++) {
      const { groundTruth, detections } = randomCase(seed);
      const result = cocoAp({ groundTruth, detections });
      for (const [name, thresholds, range] of [
        ['', all, [0, 1e10]],
        ['50', [0.5], [0, 1e10]],
        ['75', [0.75], [0, 1e10]],
        ['small', all, [0, 1024]],
        ['medium', all, [1024, 9216]],
        ['large', all, [9216, 1e10]],
      ] as [string, number[], number[]][]) {
        const { ap, ar } = byDefinition(groundTruth, detections, thresholds, range);
        const key = `AP${name}` as 'AP';
        if (ap === null) expect(result[key]).toBeNull();
        else expect(result[key], `${key} of case ${seed}`).toBeCloseTo(ap, 10);
        if (thresholds.length > 1 && ar !== null) {
          expect(result[`AR${name || '100'}` as 'AR100']).toBeCloseTo(ar, 10);
          if (ar > 0 && ar < 1) compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(20);
  });
});

describe('cocoAp and the official evaluator', () => {
  /** Random cases and what pycocotools 2.0.11, the official evaluator, has printed for them. */
  const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/coco-eval.json'), 'utf8')) as {
    cases: { groundTruth: CocoGroundTruth; detections: CocoDetection[]; expected: CocoAp }[];
  };

  it.each(cases.map((found, i) => [i, found] as const))('agree on case %i', (_, found) => {
    const result = cocoAp(found);
    expect(Object.keys(result)).toEqual(Object.keys(found.expected));
    for (const [name, expected] of Object.entries(found.expected)) {
      const value = result[name as 'AP'];
      if (typeof expected === 'number') expect(value, name).toBeCloseTo(expected, 12);
      else if (expected === null) expect(value, name).toBeNull();
    }
    found.expected.categories.forEach(({ id, AP }, i) => {
      expect(result.categories[i]!.id).toBe(id);
      if (AP === null) expect(result.categories[i]!.AP).toBeNull();
      else expect(result.categories[i]!.AP).toBeCloseTo(AP, 12);
    });
  });
});
