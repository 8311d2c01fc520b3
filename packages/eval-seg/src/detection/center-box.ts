/** A box as the network predicts it: centre, width and height in shares of the side of the square it sees. */
export type CenterBox = readonly [cx: number, cy: number, width: number, height: number];

/**
 * Generalised intersection over union (Rezatofighi et al., 2019): IoU − (hull − union) / hull, above −1 and up to 1, where the hull is
 * the smallest box around both. At least one of the boxes has an area.
 */
export function generalizedIou(a: CenterBox, b: CenterBox): number {
  let [intersection, hull] = [1, 1];
  for (const axis of [0, 1] as const) {
    const [lowA, lowB] = [a[axis] - a[axis + 2]! / 2, b[axis] - b[axis + 2]! / 2];
    const [highA, highB] = [a[axis] + a[axis + 2]! / 2, b[axis] + b[axis + 2]! / 2];
    intersection *= Math.max(0, Math.min(highA, highB) - Math.max(lowA, lowB));
    hull *= Math.max(highA, highB) - Math.min(lowA, lowB);
  }
  const union = a[2] * a[3] + b[2] * b[3] - intersection;
  return intersection / union - (hull - union) / hull;
}
