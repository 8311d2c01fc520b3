import { sep } from 'node:path';
import type { ImageEntry } from '../image-source.js';

/**
 * The classes of images that all lie in folders of their own, `<root>/<class>/…`: a class is a folder directly below the
 * root, its label the folder's place among their sorted names.
 * @param files sorted absolute paths below `root`
 * @returns undefined if an image lies in `root` itself, or if there are not at least two such folders
 */
export function classesOf(
  root: string,
  files: readonly string[],
): { classes: string[]; entries: ImageEntry[] } | undefined {
  const labels = new Map<string, number>();
  const classOf = (file: string) => file.slice(root.length + 1, file.indexOf(sep, root.length + 1));
  for (const file of files) {
    if (!file.includes(sep, root.length + 1)) return undefined;
    labels.set(classOf(file), 0);
  }
  if (labels.size < 2) return undefined;
  const classes = [...labels.keys()].sort();
  for (const [label, name] of classes.entries()) labels.set(name, label);
  return { classes, entries: files.map((file) => ({ name: file, file, label: labels.get(classOf(file))! })) };
}
