import { join } from 'node:path';
import { isFolder, sortedNames } from './files.js';

/** How the folder of a data set is recognised. */
export interface DatasetPlace {
  /** Name of the data set, for messages. */
  readonly title: string;
  /** Usual paths of the data set below a folder that holds it. */
  readonly folders: readonly string[];
  /** A folder that is in the data set's folder and in no other. */
  readonly marker: string;
}

/**
 * The folder of a data set: `root` itself, or one of the usual paths below it or below one of its children.
 * @throws Error naming the folder that is missing.
 */
export async function findDataset(root: string, { title, folders, marker }: DatasetPlace): Promise<string> {
  if (!(await isFolder(root))) throw new Error(`${root}: no such folder, expected ${title}`);
  const below = (parent: string) => folders.map((folder) => join(parent, folder));
  const children = (await sortedNames(root)).map((name) => join(root, name));
  for (const candidate of [root, ...below(root), ...children.flatMap(below)]) {
    if (await isFolder(join(candidate, marker))) return candidate;
  }
  throw new Error(
    `${join(root, marker)}: no such folder, expected ${title} in ${root} or in ${folders.at(-1)} below it`,
  );
}
