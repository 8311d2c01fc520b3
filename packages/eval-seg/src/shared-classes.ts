import type { SegDataset } from './dataset.js';

/**
 * The classes of two data sets that belong together: the longer of both lists, the shorter of which must be its beginning.
 * @param names what the data sets are called in the message, such as `memory` and `query`
 * @throws Error naming the first class that differs
 */
export function sharedClasses(
  reference: SegDataset,
  other: SegDataset,
  names: { readonly reference: string; readonly other: string },
): readonly string[] {
  const [longer, shorter] = reference.classes.length >= other.classes.length ? [reference, other] : [other, reference];
  const different = shorter.classes.findIndex((name, c) => name !== longer.classes[c]);
  if (different >= 0) {
    throw new Error(
      `${names.other}: class ${different} is "${other.classes[different]}", expected "${reference.classes[different]}" as in the ${names.reference} (${reference.name})`,
    );
  }
  return longer.classes;
}

/** @throws Error if one of the class ids of `classSubset` is none of the classes */
export function checkSubset(subset: readonly number[] | undefined, classes: number): void {
  const wrong = subset?.find((c) => !Number.isInteger(c) || c < 0 || c >= classes);
  if (wrong !== undefined) throw new Error(`classSubset: got ${wrong}, wanted class ids from 0 to ${classes - 1}`);
}
