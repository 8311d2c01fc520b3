import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import braces from 'braces';
import pLimit from 'p-limit';
import { InputError } from '../../errors.js';
import type { ImageEntry } from '../image-source.js';
import { entriesOf } from './folder.js';
import { isHidden, isImageName } from './image-names.js';
import { heldOut } from './splits.js';
import { indexShard } from './tar-index.js';

const shardsReadAtOnce = 4;
const mostShards = 100_000;

export const isShardName = (name: string): boolean => /\.(tar|tar\.gz|tgz)$/i.test(name) && !isHidden(basename(name));

/** Whether `source` names shards in brace notation, `shards/train-{000..146}.tar`. */
export const isShardPattern = (source: string): boolean => /\{.*\}/.test(source) && isShardName(source);

/** The shards that brace notation names, as absolute paths. @throws InputError if one of them is missing */
export function shardsOfPattern(pattern: string): string[] {
  const shards = braces(pattern, { expand: true, nodupes: true, rangeLimit: mostShards }).map((name) => resolve(name));
  const missing = shards.find((shard) => !existsSync(shard));
  if (missing !== undefined) throw new InputError(`${pattern}: ${missing} is missing`);
  return shards;
}

/** The shards of a folder that holds some and neither images nor folders; otherwise undefined. */
export async function shardsInFolder(folder: string): Promise<string[] | undefined> {
  const entries = (await entriesOf(folder)).filter((entry) => !isHidden(entry.name));
  if (entries.some((entry) => entry.isDirectory() || isImageName(entry.name))) return undefined;
  const names = entries.map((entry) => entry.name).filter(isShardName);
  return names.length === 0 ? undefined : names.sort().map((name) => resolve(folder, name));
}

/**
 * The shards of one split, going by their names. Without a split those to train on, where some are named so and others
 * are named as held out; otherwise all.
 */
export function shardsOfSplit(source: string, shards: readonly string[], split?: string): readonly string[] {
  const named = (word: string) =>
    shards.filter((shard) =>
      basename(shard)
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .includes(word),
    );
  if (split === undefined) {
    const mixed = named('train').length > 0 && heldOut.some((word) => named(word).length > 0);
    return mixed ? named('train') : shards;
  }
  const wanted = named(split.toLowerCase());
  if (wanted.length === 0) throw new InputError(`${source}: none of the ${shards.length} shards is named "${split}"`);
  return wanted;
}

/** The images of all shards, in their order. */
export async function imagesInShards(shards: readonly string[]): Promise<ImageEntry[]> {
  return (await pLimit(shardsReadAtOnce).map(shards, indexShard)).flat();
}
