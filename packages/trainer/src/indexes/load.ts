import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreateIndex } from '@cribo/eval-seg';
import { isPath } from '../backends/load.js';
import { InputError } from '../errors.js';
import { usearchIndex } from './usearch.js';

/**
 * An approximate index by its name, `usearch`, or from the path of a module that exports a `CreateIndex` as default.
 * @throws InputError of one sentence: an unknown name, a package that is not installed, a module that does not fit.
 */
export async function loadIndex(name: string): Promise<CreateIndex> {
  if (name === 'usearch') return loadUsearch();
  if (!isPath(name)) {
    throw new InputError(
      `No index is called "${name}"; there is usearch, or the path of a module such as ./my-index.mjs.`,
    );
  }
  const { default: create } = await importModule(name);
  if (typeof create !== 'function') {
    throw new InputError(
      `${name} exports ${create === undefined ? 'nothing' : typeof create} as default, expected a function that makes an index (CreateIndex of @cribo/eval-seg).`,
    );
  }
  return create as CreateIndex;
}

/** What of an index decides the numbers: its name, or the path and the text of its module. */
export function indexSettings(name: string): Record<string, string> {
  if (!isPath(name)) return { index: name };
  const file = resolve(name);
  return { index: file, indexSha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

async function loadUsearch(): Promise<CreateIndex> {
  try {
    return usearchIndex(await import('usearch'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'usearch'")) {
      throw new InputError(
        'The index usearch needs the package usearch, which is not installed here; run: npm install usearch',
        { cause: error },
      );
    }
    throw new InputError(`The index usearch could not be loaded: ${message.split('\n')[0]}`, { cause: error });
  }
}

async function importModule(path: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new InputError(`${path} could not be loaded: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
}
