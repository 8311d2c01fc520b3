import { IGNORE_LABEL } from './dataset.js';

/** Counts of (ground truth, prediction) pairs, and the intersection over union that follows from them. */
export class ConfusionMatrix {
  /** `[classes, classes]`: rows are the ground truth, columns the prediction. */
  readonly counts: Float64Array;

  constructor(readonly classes: number) {
    this.counts = new Float64Array(classes * classes);
  }

  /**
   * Counts pairs of labels; those whose ground truth is void (255) are left out.
   * @throws Error if the lengths differ or a label is not a class.
   */
  add(truth: Uint8Array, predicted: Uint8Array): void {
    if (truth.length !== predicted.length) {
      throw new Error(`predicted: got ${predicted.length} labels, wanted ${truth.length} as in the ground truth`);
    }
    const { classes, counts } = this;
    for (let i = 0; i < truth.length; i++) {
      const label = truth[i]!;
      if (label === IGNORE_LABEL) continue;
      if (label >= classes || predicted[i]! >= classes) {
        throw new Error(
          `labels: got truth ${label} and prediction ${predicted[i]}, wanted classes 0 to ${classes - 1}, or truth ${IGNORE_LABEL}`,
        );
      }
      counts[label * classes + predicted[i]!]!++;
    }
  }

  /** TP / (TP + FN + FP) of every class; `null` for a class that is neither in the ground truth nor predicted. */
  iou(): (number | null)[] {
    const { classes, counts } = this;
    return Array.from({ length: classes }, (_, c) => {
      let union = -counts[c * classes + c]!;
      for (let other = 0; other < classes; other++)
        union += counts[c * classes + other]! + counts[other * classes + c]!;
      return union > 0 ? counts[c * classes + c]! / union : null;
    });
  }

  /** The counts as plain data: `[classes][classes]`, rows are the ground truth. */
  rows(): number[][] {
    const { classes, counts } = this;
    return Array.from({ length: classes }, (_, c) => [...counts.subarray(c * classes, (c + 1) * classes)]);
  }

  /** Mean IoU over the classes that are present, of all or of the given ones; `null` if none is. */
  meanIoU(subset?: readonly number[]): number | null {
    const all = this.iou();
    const present = (subset ? subset.map((c) => all[c]) : all).filter((iou) => typeof iou === 'number');
    return present.length > 0 ? present.reduce((sum, iou) => sum + iou, 0) / present.length : null;
  }

  /** Share of correct labels; `null` if nothing was counted. */
  accuracy(): number | null {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    let correct = 0;
    for (let c = 0; c < this.classes; c++) correct += this.counts[c * this.classes + c]!;
    return total > 0 ? correct / total : null;
  }
}
