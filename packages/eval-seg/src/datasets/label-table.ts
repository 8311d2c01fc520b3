import { IGNORE_LABEL, type LabelMask } from '../dataset.js';

/** What the numbers in the mask files of a data set stand for. */
export interface LabelTable {
  /** 256 entries: the class of every number a pixel can have, {@link IGNORE_LABEL} for void, -1 if it must not occur. */
  readonly classOf: Int16Array;
  /** The numbers that may occur, for messages. */
  readonly expected: string;
}

/**
 * Numbers that are the classes themselves: 0 to `classes - 1`.
 * @param voidLabel another number than 255 that stands for void, even if it lies among the classes
 */
export function sameLabels(classes: number, voidLabel: number = IGNORE_LABEL): LabelTable {
  const ids = Array.from({ length: classes }, (_, c): [number, number] => [c, c]);
  const range = `0 to ${classes - 1} (${classes} classes)`;
  const voids = voidLabel === IGNORE_LABEL ? ` or ${IGNORE_LABEL}` : `, or ${voidLabel} and ${IGNORE_LABEL} for void`;
  return labelTable([...ids, [voidLabel, IGNORE_LABEL]], range + voids);
}

/** Numbers that count the classes from 1, with 0 for void: MMSegmentation's `reduce_zero_label`. */
export function reduceZeroLabel(classes: number): LabelTable {
  const ids = Array.from({ length: classes }, (_, c): [number, number] => [c + 1, c]);
  return labelTable([[0, IGNORE_LABEL], ...ids], `0 (void), 1 to ${classes} (${classes} classes) or ${IGNORE_LABEL}`);
}

/** A table from pairs of a number and its class; 255 is void in every table, other numbers must not occur. */
export function labelTable(pairs: readonly (readonly [number, number])[], expected: string): LabelTable {
  const classOf = new Int16Array(256).fill(-1);
  for (const [label, id] of pairs) classOf[label] = id;
  classOf[IGNORE_LABEL] = IGNORE_LABEL;
  return { classOf, expected };
}

/**
 * The mask in class ids.
 * @throws Error naming the file `path`, the first number that must not occur, and those that may.
 */
export function toClassIds(path: string, mask: LabelMask, { classOf, expected }: LabelTable): LabelMask {
  const data = new Uint8Array(mask.data.length);
  for (let p = 0; p < data.length; p++) {
    const id = classOf[mask.data[p]!]!;
    if (id < 0) throw new Error(`${path}: found label ${mask.data[p]}, expected ${expected}`);
    data[p] = id;
  }
  return { width: mask.width, height: mask.height, data };
}
