import type { Image } from '@cribo/augment';
import { decodeImage } from '@cribo/augment/node';
import pLimit from 'p-limit';
import sharp from 'sharp';
import type { ImageEntry } from './image-source.js';
import { readBytes, sizeOf } from './read-bytes.js';

export interface ReadOptions {
  /** Images of more million pixels are refused; their header tells. */
  maxMegapixels: number;
  /** Longest side in pixels; larger images are reduced while decoding. */
  decodeMaxSide?: number | undefined;
}

/** Its message is one sentence that names the image. */
export class UnreadableImage extends Error {
  constructor(name: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    super(`${name}: cannot be read as an image (${reason})`, { cause });
  }
}

/** Hands the decoded image to `use`. @throws UnreadableImage if it cannot be decoded, and whatever `use` throws */
export type ImageReader = <T>(entry: ImageEntry, use: (image: Image) => T) => Promise<T>;

/** Images of more pixels, or of more bytes in their file, are held in memory one at a time. */
const smallPixels = 2 ** 24;
const smallBytes = 3 * smallPixels;

/**
 * Reads and decodes images. However many are asked for at a time, only one of them is larger than 16 megapixels, from
 * the reading of its file until `use` is done with it.
 */
export function createImageReader({ maxMegapixels, decodeMaxSide }: ReadOptions): ImageReader {
  // libvips would keep what it decoded, though a file comes again only in the next epoch; and threads are ours to share out.
  sharp.cache(false);
  sharp.concurrency(1);
  const maxPixels = Math.floor(maxMegapixels * 1e6);
  const oneAtATime = pLimit(1);
  const decode = (source: string | Uint8Array, limit: number) =>
    decodeImage(source, { maxPixels: limit, ...(decodeMaxSide !== undefined && { maxSide: decodeMaxSide }) });

  async function decodeLarge(source: string | Uint8Array): Promise<Image> {
    try {
      return await decode(source, maxPixels);
    } catch (error) {
      const header = await sharp(source, { limitInputPixels: false })
        .metadata()
        .catch(() => undefined);
      const pixels = header === undefined ? 0 : header.width * header.height;
      if (pixels > maxPixels) throw new Error(`${pixels / 1e6} megapixels, at most ${maxMegapixels} are read`);
      throw (error as Error).cause ?? error;
    }
  }

  return async (entry, use) => {
    const unreadable = (error: unknown): never => {
      throw new UnreadableImage(entry.name, error);
    };
    const large = (source: () => string | Uint8Array) =>
      oneAtATime(async () => use(await Promise.resolve().then(source).then(decodeLarge).catch(unreadable)));
    let size: number;
    let bytes: Uint8Array | undefined;
    try {
      size = sizeOf(entry);
      bytes = size <= smallBytes ? readBytes(entry, size) : undefined;
    } catch (error) {
      return unreadable(error);
    }
    // A large file of its own is not read at all: the decoder takes what it needs.
    if (bytes === undefined) return large(() => (entry.size === undefined ? entry.file : readBytes(entry, size)));
    // The limit is checked before decoding, so a large image costs a look at its header here, and a damaged one comes twice.
    const image = await decode(bytes, Math.min(smallPixels, maxPixels)).catch(() => undefined);
    return image === undefined ? large(() => bytes) : use(image);
  };
}
