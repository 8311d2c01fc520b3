import { matchObjects, type TargetObject } from './match-objects.js';

/** What every detection token of a batch should say, and how much it counts: always the same shapes, however many objects there are. */
export interface TokenTargets {
  /** `[B, T]`: the label of the token's object, `classes` for "no object". */
  readonly labels: Int32Array;
  /** `[B, T]`: weights of the classification, which add up to 1. */
  readonly labelWeights: Float32Array;
  /** `[B, T, 4]`: the box of the token's object. */
  readonly boxes: Float32Array;
  /** `[B, T]`: 1 / (objects of the batch) where the token has an object, else 0. */
  readonly boxWeights: Float32Array;
}

/** Weight of "no object" against that of any category, as in DETR and YOLOS. */
const NO_OBJECT_WEIGHT = 0.1;

/** A target for tokens without an object; its weight is 0, its area is not. */
const anyBox = [0.5, 0.5, 1, 1];

/**
 * Matches the objects of every image with its tokens.
 * @param predicted logits `[B, T, classes + 1]` and boxes `[B, T, 4]` of T `tokens`
 * @param objects of every image
 */
export function tokenTargets(
  predicted: { logits: Float32Array; boxes: Float32Array; tokens: number },
  objects: readonly (readonly TargetObject[])[],
): TokenTargets {
  const { logits, boxes, tokens } = predicted;
  const rows = objects.length * tokens;
  const noObject = logits.length / rows - 1;
  const labels = new Int32Array(rows).fill(noObject);
  const labelWeights = new Float32Array(rows).fill(NO_OBJECT_WEIGHT);
  const targetBoxes = Float32Array.from({ length: rows * 4 }, (_, i) => anyBox[i % 4]!);
  const boxWeights = new Float32Array(rows);
  const count = Math.max(
    1,
    objects.reduce((sum, { length }) => sum + length, 0),
  );
  objects.forEach((ofImage, image) => {
    const first = image * tokens;
    const matched = matchObjects(
      {
        logits: logits.subarray(first * (noObject + 1), (first + tokens) * (noObject + 1)),
        boxes: boxes.subarray(first * 4, (first + tokens) * 4),
        tokens,
      },
      ofImage,
    );
    matched.forEach((object, token) => {
      if (object < 0) return;
      const { label, box } = ofImage[object]!;
      labels[first + token] = label;
      labelWeights[first + token] = 1;
      targetBoxes.set(box, (first + token) * 4);
      boxWeights[first + token] = 1 / count;
    });
  });
  const total = labelWeights.reduce((sum, weight) => sum + weight, 0);
  return { labels, labelWeights: labelWeights.map((weight) => weight / total), boxes: targetBoxes, boxWeights };
}
