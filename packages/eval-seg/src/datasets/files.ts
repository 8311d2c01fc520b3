import { readdir, readFile, stat } from 'node:fs/promises';

/** Of the image files that are read, in lower case. */
export const imageExtensions: ReadonlySet<string> = new Set([
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.bmp',
  '.tif',
  '.tiff',
  '.gif',
  '.avif',
]);

/** True if `path` is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** True if `path` is a file. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/** Names in a folder in code-unit order, so that the order of a data set does not depend on the file system. */
export async function sortedNames(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}

/** A folder and what is in it, read once. */
export interface FolderListing {
  readonly path: string;
  /** In code-unit order. */
  readonly names: ReadonlySet<string>;
}

/**
 * Lists a folder that a layout asks for.
 * @param expected what should be in it, for the message
 * @throws Error naming the folder if it is not there.
 */
export async function listFolder(path: string, expected: string): Promise<FolderListing> {
  if (!(await isFolder(path))) throw new Error(`${path}: no such folder, expected ${expected}`);
  return { path, names: new Set(await sortedNames(path)) };
}

/**
 * The non-empty lines of a text file, trimmed.
 * @throws Error naming the file if it holds none.
 */
export async function readLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw new Error(`${path}: the file is empty, expected one name a line`);
  return lines;
}
