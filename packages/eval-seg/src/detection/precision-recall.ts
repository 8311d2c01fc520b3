import type { ImageMatches } from './match-detections.js';

/** Precision at 101 levels of recall, and the recall that is reached, at every IoU threshold. */
export interface PrecisionRecall {
  /** `[thresholds, 101]`; 0 where a level of recall is not reached. */
  readonly precision: Float64Array;
  /** `[thresholds]` */
  readonly recall: Float64Array;
}

/** Levels of recall: 0, 0.01 … 1. */
export const RECALL_LEVELS = 101;

/**
 * The precision of one category as a function of recall: the detections of all images by falling score, equal scores in the order of
 * the images. Precision is made to fall with recall, and read where a level of recall is first reached.
 * @param images in the order of their ids
 * @param most detections per image that count
 * @returns `undefined` where there is no object to be found
 */
export function precisionRecall(
  images: readonly ImageMatches[],
  thresholds: number,
  most: number,
): PrecisionRecall | undefined {
  const objects = images.reduce((sum, image) => sum + image.objects, 0);
  if (objects === 0) return undefined;
  const ranked = images
    .flatMap((image) => image.scores.slice(0, most).map((score, d) => ({ image, score, d })))
    .sort((a, b) => b.score - a.score);
  const precision = new Float64Array(thresholds * RECALL_LEVELS);
  const recall = new Float64Array(thresholds);
  for (let t = 0; t < thresholds; t++) {
    const recalls = new Float64Array(ranked.length);
    const precisions = new Float64Array(ranked.length);
    let [right, wrong] = [0, 0];
    ranked.forEach(({ image, d }, i) => {
      const at = t * image.scores.length + d;
      if (image.hits[at]) right++;
      else if (!image.ignored[at]) wrong++;
      recalls[i] = right / objects;
      // As in the official evaluator, where the smallest float keeps 0 / 0 from happening.
      precisions[i] = right / (right + wrong + Number.EPSILON);
    });
    for (let i = ranked.length - 2; i >= 0; i--) precisions[i] = Math.max(precisions[i]!, precisions[i + 1]!);
    recall[t] = recalls.at(-1) ?? 0;
    let first = 0;
    for (let level = 0; level < RECALL_LEVELS; level++) {
      while (first < ranked.length && recalls[first]! < recallLevel(level)) first++;
      precision[t * RECALL_LEVELS + level] = precisions[first] ?? 0;
    }
  }
  return { precision, recall };
}

/** Bit for bit the level of the official evaluator, since recalls such as 29/100 are compared with it. */
const recallLevel = (level: number) => (level === RECALL_LEVELS - 1 ? 1 : level * 0.01);
