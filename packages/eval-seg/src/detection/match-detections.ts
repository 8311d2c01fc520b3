import { boxIou } from './box-iou.js';
import type { CocoAnnotation, CocoDetection } from './coco-format.js';

/** The objects and detections of one category in one image, with all their IoUs. */
export interface ImageBoxes {
  readonly objects: readonly CocoAnnotation[];
  /** By falling score, equal scores in the order they came; at most as many as are looked at. */
  readonly detections: readonly CocoDetection[];
  /** `[detections, objects]` */
  readonly ious: Float64Array;
}

/** From the least to the largest area in square pixels, both included. */
export type AreaRange = readonly [least: number, largest: number];

/** What became of the detections of one {@link ImageBoxes} in one range of areas. */
export interface ImageMatches {
  /** `[detections]`, falling. */
  readonly scores: readonly number[];
  /** `[thresholds, detections]`: 1 where the detection has found an object that counts. */
  readonly hits: Uint8Array;
  /** `[thresholds, detections]`: 1 where the detection is neither right nor wrong. */
  readonly ignored: Uint8Array;
  /** Objects to be found. */
  readonly objects: number;
}

/** @param most detections kept: those of the highest scores */
export function imageBoxes(
  objects: readonly CocoAnnotation[],
  detections: readonly CocoDetection[],
  most: number,
): ImageBoxes {
  const kept = [...detections].sort((a, b) => b.score - a.score).slice(0, most);
  const ious = new Float64Array(kept.length * objects.length);
  kept.forEach((detection, d) => {
    objects.forEach((object, g) => {
      ious[d * objects.length + g] = boxIou(detection.bbox, object.bbox, object.iscrowd === 1);
    });
  });
  return { objects, detections: kept, ious };
}

/**
 * COCO's greedy matching: detections by falling score each take the free object of the highest IoU that reaches the threshold, the
 * later one of equals. Crowds and objects outside of the area range are ignored: they are taken only where no other object can be,
 * and crowds stay free. A detection without an object is ignored if its own area is outside of the range.
 */
export function matchDetections(
  { objects, detections, ious }: ImageBoxes,
  thresholds: readonly number[],
  [least, largest]: AreaRange,
): ImageMatches {
  const outside = (area: number) => area < least || area > largest;
  const isIgnored = objects.map(({ iscrowd, area }) => iscrowd === 1 || outside(area));
  const counted = objects.flatMap((_, g) => (isIgnored[g] ? [] : [g]));
  const leftOut = objects.flatMap((_, g) => (isIgnored[g] ? [g] : []));
  const hits = new Uint8Array(thresholds.length * detections.length);
  const ignored = new Uint8Array(thresholds.length * detections.length);
  thresholds.forEach((threshold, t) => {
    const taken = new Uint8Array(objects.length);
    const best = (d: number, candidates: readonly number[]) => {
      let found = -1;
      let highest = Math.min(threshold, 1 - 1e-10);
      for (const g of candidates) {
        if (taken[g] && objects[g]!.iscrowd !== 1) continue;
        const iou = ious[d * objects.length + g]!;
        if (iou < highest) continue;
        highest = iou;
        found = g;
      }
      return found;
    };
    detections.forEach(({ bbox }, d) => {
      const at = t * detections.length + d;
      const countedObject = best(d, counted);
      const object = countedObject >= 0 ? countedObject : best(d, leftOut);
      if (object >= 0) taken[object] = 1;
      if (countedObject >= 0) hits[at] = 1;
      else if (object >= 0 || outside(bbox[2] * bbox[3])) ignored[at] = 1;
    });
  });
  return { scores: detections.map(({ score }) => score), hits, ignored, objects: counted.length };
}
