import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { InputError } from '../../errors.js';
import { isHidden, isImageName } from './image-names.js';

/**
 * All images below a folder as absolute paths, sorted by code units. Links to folders are followed; a folder that is
 * reached twice counts once, so links cannot go round in circles. Hidden files and folders are left out. Whatever is
 * named like an image is taken for one, so that a damaged one is reported when it is read.
 */
export async function imagesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visited = new Set<string>();

  async function visit(path: string): Promise<void> {
    const { dev, ino } = await stat(path, { bigint: true });
    const identity = `${dev}/${ino}`;
    if (visited.has(identity)) return;
    visited.add(identity);
    const folders: string[] = [];
    for (const entry of await entriesOf(path)) {
      const name = `${path}${sep}${entry.name}`;
      if (isImageName(entry.name)) found.push(name);
      else if (!isHidden(entry.name) && (await isFolder(entry, name))) folders.push(name);
    }
    for (const name of folders.sort()) await visit(name);
  }

  await visit(resolve(folder));
  return found.sort();
}

/** The names of the folders directly in `folder`, sorted; links to folders among them, hidden ones not. */
export async function subfolders(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (!isHidden(entry.name) && (await isFolder(entry, join(folder, entry.name)))) names.push(entry.name);
  }
  return names.sort();
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

export async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new InputError(`${folder}: cannot be listed (${(error as Error).message})`, { cause: error });
  }
}
