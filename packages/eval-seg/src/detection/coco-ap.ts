import type { CocoAnnotation, CocoDetection, CocoGroundTruth } from './coco-format.js';
import { type AreaRange, type ImageBoxes, imageBoxes, matchDetections } from './match-detections.js';
import { type PrecisionRecall, precisionRecall, RECALL_LEVELS } from './precision-recall.js';

/** The numbers of COCO's box evaluation, as shares of 1; `null` where it prints -1 because there is no object to be found. */
export interface CocoAp {
  /** Mean over the IoU thresholds 0.50, 0.55 … 0.95 and over the categories. */
  readonly AP: number | null;
  /** At an IoU of 0.50 and of 0.75. */
  readonly AP50: number | null;
  readonly AP75: number | null;
  /** Objects of up to 32², from 32² to 96², and from 96² square pixels. */
  readonly APsmall: number | null;
  readonly APmedium: number | null;
  readonly APlarge: number | null;
  /** Recall with 1, 10 and 100 detections per image and category. */
  readonly AR1: number | null;
  readonly AR10: number | null;
  readonly AR100: number | null;
  readonly ARsmall: number | null;
  readonly ARmedium: number | null;
  readonly ARlarge: number | null;
  /** AP of every category, by rising id. */
  readonly categories: { readonly id: number; readonly AP: number | null }[];
}

/** Most detections of a category in an image. */
const MOST = 100;

/** 0.50, 0.55 … 0.95, bit for bit those of the official evaluator. */
const thresholds = Array.from({ length: 10 }, (_, i) => (i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9)));

const areas = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const satisfies Record<string, AreaRange>;

/**
 * Average precision and recall of boxes as COCO's official evaluator (`COCOeval` with `iouType` `bbox`) defines them (Table 6).
 * The arguments are what its files hold: an `instances_*.json` file and a list of results. Detections of categories
 * that the ground truth does not name are left out, as there. One thing differs: an annotation whose id is 0 counts like any other.
 * @throws Error naming the first annotation or detection of an image that is not among `groundTruth.images`, or whose numbers are
 * not finite.
 */
export function cocoAp({
  groundTruth,
  detections,
}: {
  readonly groundTruth: CocoGroundTruth;
  readonly detections: readonly CocoDetection[];
}): CocoAp {
  checkBoxes(groundTruth, detections);
  const categories = [...new Set(groundTruth.categories.map(({ id }) => id))].sort((a, b) => a - b);
  const boxes = boxesByCategory(groundTruth, detections);
  const evaluated = categories.map((id) => evaluateCategory(boxes.get(id) ?? []));
  const ap = (area: keyof typeof areas, threshold?: number) =>
    mean(evaluated.flatMap((category) => precisions(category[area], threshold)));
  const ar = (which: keyof EvaluatedCategory) =>
    mean(evaluated.flatMap((category) => [...(category[which]?.recall ?? [])]));
  return {
    AP: ap('all'),
    AP50: ap('all', 0),
    AP75: ap('all', 5),
    APsmall: ap('small'),
    APmedium: ap('medium'),
    APlarge: ap('large'),
    AR1: ar('first'),
    AR10: ar('firstTen'),
    AR100: ar('all'),
    ARsmall: ar('small'),
    ARmedium: ar('medium'),
    ARlarge: ar('large'),
    categories: categories.map((id, i) => ({ id, AP: mean(precisions(evaluated[i]!.all)) })),
  };
}

type EvaluatedCategory = Record<keyof typeof areas | 'first' | 'firstTen', PrecisionRecall | undefined>;

function evaluateCategory(images: readonly ImageBoxes[]): EvaluatedCategory {
  const inArea = (range: AreaRange) => images.map((image) => matchDetections(image, thresholds, range));
  const curves = (range: AreaRange) => precisionRecall(inArea(range), thresholds.length, MOST);
  const all = inArea(areas.all);
  return {
    all: precisionRecall(all, thresholds.length, MOST),
    first: precisionRecall(all, thresholds.length, 1),
    firstTen: precisionRecall(all, thresholds.length, 10),
    small: curves(areas.small),
    medium: curves(areas.medium),
    large: curves(areas.large),
  };
}

/** For every category the images that hold objects or detections of it, by rising id. */
function boxesByCategory(
  { images, annotations }: CocoGroundTruth,
  detections: readonly CocoDetection[],
): Map<number, ImageBoxes[]> {
  const objectsOf = grouped(annotations);
  const detectionsOf = grouped(detections);
  const result = new Map<number, ImageBoxes[]>();
  for (const image of [...new Set(images.map(({ id }) => id))].sort((a, b) => a - b)) {
    const objects = objectsOf.get(image);
    const detected = detectionsOf.get(image);
    for (const category of new Set([...(objects?.keys() ?? []), ...(detected?.keys() ?? [])])) {
      const list = result.get(category) ?? [];
      list.push(imageBoxes(objects?.get(category) ?? [], detected?.get(category) ?? [], MOST));
      result.set(category, list);
    }
  }
  return result;
}

/** By image, then by category, in the order they came. */
function grouped<T extends CocoAnnotation | CocoDetection>(boxes: readonly T[]): Map<number, Map<number, T[]>> {
  const images = new Map<number, Map<number, T[]>>();
  for (const box of boxes) {
    const categories = images.get(box.image_id) ?? new Map<number, T[]>();
    images.set(box.image_id, categories);
    const list = categories.get(box.category_id) ?? [];
    categories.set(box.category_id, list);
    list.push(box);
  }
  return images;
}

/** At one threshold or all of them; empty where there is no object to be found. */
function precisions(curves: PrecisionRecall | undefined, threshold?: number): number[] {
  if (curves === undefined) return [];
  if (threshold === undefined) return [...curves.precision];
  return [...curves.precision.subarray(threshold * RECALL_LEVELS, (threshold + 1) * RECALL_LEVELS)];
}

const mean = (values: readonly number[]): number | null =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;

function checkBoxes({ images, annotations }: CocoGroundTruth, detections: readonly CocoDetection[]): void {
  const known = new Set(images.map(({ id }) => id));
  const check = (name: string, { image_id, bbox }: CocoAnnotation | CocoDetection, field: string, value: number) => {
    if (!known.has(image_id)) throw new Error(`${name}: got image_id ${image_id}, wanted one of groundTruth.images`);
    if (bbox?.length !== 4 || ![...bbox, value].every(Number.isFinite)) {
      const box = bbox === undefined ? 'no bbox' : `bbox [${bbox.join(', ')}]`;
      throw new Error(`${name}: got ${box} and ${field} ${value}, wanted finite numbers, four of them in bbox`);
    }
  };
  annotations.forEach((annotation, i) => {
    check(`groundTruth.annotations[${i}]`, annotation, 'area', annotation.area);
  });
  detections.forEach((detection, i) => {
    check(`detections[${i}]`, detection, 'score', detection.score);
  });
}
