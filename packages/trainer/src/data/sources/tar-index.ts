import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { InputError } from '../../errors.js';
import type { ImageEntry } from '../image-source.js';
import { isImageName } from './image-names.js';

/** A `.cls` member is a number in decimal digits. */
const longestLabel = 16;
/** A member's content follows its header. */
const headerBytes = 512;

/**
 * The images of a tar shard, in the order of the shard. It is read once from end to end, and no member's content is kept
 * but that of `.cls` members (WebDataset), which label the image of the same name.
 * @throws InputError that names the shard if it is compressed, cut off or no tar file
 */
export async function indexShard(file: string): Promise<ImageEntry[]> {
  const shard = basename(file);
  const images: { member: string; offset: number; size: number }[] = [];
  const labels = new Map<string, number>();
  const members = extract();
  members.on('entry', ({ name, size, type }, content, next) => {
    content.on('end', next);
    // A shard that is cut off ends the member under way as well; the shard's own error is enough.
    content.on('error', () => {});
    const isFile = type === 'file' || type === 'contiguous-file';
    if (isFile && isImageName(name)) images.push({ member: name, offset: content.offset + headerBytes, size });
    if (isFile && extname(name) === '.cls' && size <= longestLabel) {
      let text = '';
      content.on('data', (chunk) => {
        text += String(chunk);
      });
      content.on('end', () => /^\d+\s*$/.test(text) && labels.set(stem(name), Number(text)));
    } else content.resume();
  });
  try {
    await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), members);
  } catch (error) {
    throw new InputError(`${file}: ${await whyUnreadable(file, error as Error)}`, { cause: error });
  }
  return images.map(({ member, offset, size }) => {
    const label = labels.get(stem(member));
    const entry = { name: `${shard}/${member}`, file, offset, size };
    return label === undefined ? entry : { ...entry, label };
  });
}

const stem = (name: string): string => name.slice(0, name.length - extname(name).length);

async function whyUnreadable(file: string, error: Error): Promise<string> {
  const start = Buffer.alloc(2);
  try {
    const handle = await open(file);
    await handle.read(start, 0, 2, 0).finally(() => handle.close());
  } catch {
    return `cannot be read (${error.message})`;
  }
  if (start.equals(Buffer.from([0x1f, 0x8b])))
    return 'is compressed by gzip, expected a plain tar file; decompress it first';
  if (error.message === 'Unexpected end of data') return 'ends in the middle of a member, expected a whole tar file';
  return `is no readable tar file (${error.message.split('\n')[0]})`;
}
