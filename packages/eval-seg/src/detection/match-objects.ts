import { linearSumAssignment } from 'linear-sum-assignment';
import { type CenterBox, generalizedIou } from './center-box.js';

/** An object to be found in an image. */
export interface TargetObject {
  /** Position of its category. */
  readonly label: number;
  readonly box: CenterBox;
}

/** What the network says about one image. */
export interface Predictions {
  /** `[tokens, classes + 1]`; the last class is "no object". */
  readonly logits: Float32Array;
  /** `[tokens, 4]`, see {@link CenterBox}. */
  readonly boxes: Float32Array;
  readonly tokens: number;
}

/** Weights of probability, L1 distance and generalised IoU in the costs of a match, as in DETR and YOLOS. */
const matchingCosts = { class: 1, l1: 5, giou: 2 } as const;

/**
 * DETR's matching: the assignment of detection tokens to objects of the least total cost
 * −p(label) + 5 · ‖box − target‖₁ − 2 · GIoU (Hungarian algorithm). Every object gets a token, unless there are more objects than tokens.
 * @returns `[tokens]` the object of every token, -1 for "no object"
 */
export function matchObjects(predictions: Predictions, objects: readonly TargetObject[]): Int32Array {
  const { tokens } = predictions;
  if (objects.length === 0) return new Int32Array(tokens).fill(-1);
  const costs = Array.from({ length: tokens }, (_, token) => tokenCosts(predictions, token, objects));
  return Int32Array.from(linearSumAssignment(costs, { maximaze: false }).rowAssignments);
}

/** `[objects]` */
function tokenCosts({ logits, boxes, tokens }: Predictions, token: number, objects: readonly TargetObject[]): number[] {
  const classes = logits.length / tokens;
  const scores = logits.subarray(token * classes, (token + 1) * classes);
  const highest = scores.reduce((max, score) => Math.max(max, score));
  const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
  const predicted = Array.from(boxes.subarray(token * 4, token * 4 + 4)) as unknown as CenterBox;
  return objects.map(({ label, box }) => {
    const probability = Math.exp(scores[label]! - highest) / total;
    const distance = box.reduce((sum, value, i) => sum + Math.abs(value - predicted[i]!), 0);
    const giou = generalizedIou(predicted, box);
    return -matchingCosts.class * probability + matchingCosts.l1 * distance - matchingCosts.giou * giou;
  });
}
