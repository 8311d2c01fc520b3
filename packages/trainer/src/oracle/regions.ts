import { IGNORE_LABEL } from '@cribo/eval-seg';

/**
 * The objects of images as their masks have them: an object is everything of one class in the image, in both views. Of more
 * than K classes those with the most patches have an object; equal ones go by the smaller label. Objects are numbered in
 * the order of their labels.
 *
 * @param classes `[B,2N]`: class of every patch of both views, 255 where it is void
 * @param tokens 2N
 * @param clusters K
 * @returns `[B,2N]`: the object of every patch, −1 for void and for classes without an object
 */
export function regionsOf(classes: Int32Array, tokens: number, clusters: number): Int32Array {
  const regions = new Int32Array(classes.length);
  for (let start = 0; start < classes.length; start += tokens) {
    const ofImage = classes.subarray(start, start + tokens);
    const patches = new Map<number, number>();
    for (const label of ofImage) if (label !== IGNORE_LABEL) patches.set(label, (patches.get(label) ?? 0) + 1);
    const largest = [...patches].sort(([a, m], [b, n]) => n - m || a - b).slice(0, clusters);
    const numbered = largest.map(([label]) => label).sort((a, b) => a - b);
    const objectOf = new Map(numbered.map((label, object) => [label, object]));
    for (let i = 0; i < tokens; i++) regions[start + i] = objectOf.get(ofImage[i]!) ?? -1;
  }
  return regions;
}
