/**
 * Decodes image files in Node by sharp, which has to be installed beside this package.
 * @module
 */
import { stat } from 'node:fs/promises';
import sharp from 'sharp';
import type { Image } from './image.js';

export interface DecodeOptions {
  /** Images with more pixels are refused, as soon as their header is read; default 100 million. */
  readonly maxPixels?: number;
  /**
   * Longest side in pixels; larger images are reduced while they are decoded, which is faster for JPEG but changes the pixels.
   * Absent, every image keeps its size.
   */
  readonly maxSide?: number;
  /** Turns the image as its EXIF orientation says; default true. `false` leaves the pixels as they are stored. */
  readonly autoOrient?: boolean;
  /** How error messages call the image, say a member of an archive; by default its path or its number of bytes. */
  readonly name?: string;
}

/**
 * Decodes an image file to 8-bit RGB: turned as its EXIF orientation says (unless `autoOrient` is false), gray and CMYK converted, an embedded colour
 * profile converted to sRGB, 16 bits reduced to 8, transparency dropped, of an animation the first picture. Files that are
 * damaged or end too early are refused, never filled up with gray.
 * @param source path of the file, or its bytes
 * @throws Error with one sentence that names the file and the reason.
 */
export async function decodeImage(source: string | Uint8Array, options: DecodeOptions = {}): Promise<Image> {
  const { maxPixels = 100_000_000, maxSide, autoOrient = true } = options;
  try {
    let pipeline = sharp(source, { limitInputPixels: maxPixels, failOn: 'warning', autoOrient });
    if (maxSide !== undefined) {
      pipeline = pipeline.resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true });
    }
    const { data, info } = await pipeline
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels, wanted 3`);
    // A plain array in place of a Buffer, whose `slice` would not copy.
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (error) {
    const name = options.name ?? (typeof source === 'string' ? source : `${source.length} bytes`);
    throw new Error(`${name}: cannot be read as an image (${await reasonOf(error, source, maxPixels)})`, {
      cause: error,
    });
  }
}

/** The first line of what sharp says, and what it does not say. */
async function reasonOf(error: unknown, source: string | Uint8Array, maxPixels: number): Promise<string> {
  if (typeof source === 'string' && (await stat(source).catch(() => undefined))?.isDirectory()) return 'it is a folder';
  const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  return reason.endsWith('pixel limit') ? `${reason} of ${maxPixels}` : reason;
}
