import type { CocoBox } from './coco-format.js';

/**
 * Intersection over union of a detection with an object. With a crowd the union is the detection alone, so that a box inside of
 * the crowd has an IoU of 1.
 */
export function boxIou(detection: CocoBox, object: CocoBox, isCrowd: boolean): number {
  const [dx, dy, dw, dh] = detection;
  const [gx, gy, gw, gh] = object;
  const width = Math.min(dx + dw, gx + gw) - Math.max(dx, gx);
  const height = Math.min(dy + dh, gy + gh) - Math.max(dy, gy);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (isCrowd ? dw * dh : dw * dh + gw * gh - intersection);
}
