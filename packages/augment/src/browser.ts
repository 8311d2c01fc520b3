/**
 * Decodes image files in the browser, in pages and in workers, by the browser's own decoders.
 * @module
 */
import { bitmapPixels } from './browser/bitmap-pixels.js';
import { type Bitmap, browser } from './browser/canvas-types.js';
import type { Image } from './image.js';

export interface DecodeOptions {
  /** Images with more pixels are refused, once the browser has decoded them; default 100 million. */
  readonly maxPixels?: number;
  /** How error messages call the image; by default its address or its number of bytes. */
  readonly name?: string;
}

/**
 * Decodes an image to 8-bit RGB: turned as its EXIF orientation says, an embedded colour profile converted to sRGB, gray and
 * palettes expanded, 16 bits reduced to 8, transparency dropped with the colours beneath kept, of an animation the first
 * picture. Pixels of PNG files equal those that Node gets; JPEG decoders differ by a level or two.
 * @param source a file (`Blob`), its bytes, or its address
 * @throws Error with one sentence that names the image and the reason.
 */
export async function decodeImage(
  source: Blob | ArrayBuffer | Uint8Array | URL | string,
  options: DecodeOptions = {},
): Promise<Image> {
  const { maxPixels = 100_000_000, name = nameOf(source) } = options;
  let bitmap: Bitmap | undefined;
  try {
    bitmap = await browser.createImageBitmap(await blobOf(source), {
      imageOrientation: 'from-image',
      premultiplyAlpha: 'none',
      colorSpaceConversion: 'default',
    });
    const { width, height } = bitmap;
    if (width * height > maxPixels) throw new Error(`${width} x ${height} pixels exceed the limit of ${maxPixels}`);
    return bitmapPixels(bitmap);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0]!.replace(/\.$/, '') : String(error);
    throw new Error(`${name}: cannot be read as an image (${reason})`, { cause: error });
  } finally {
    bitmap?.close();
  }
}

async function blobOf(source: Blob | ArrayBuffer | Uint8Array | URL | string): Promise<Blob> {
  if (source instanceof Blob) return source;
  if (source instanceof ArrayBuffer) return new Blob([source]);
  if (source instanceof Uint8Array) return new Blob([new Uint8Array(source)]);
  const response = await fetch(source);
  if (!response.ok) throw new Error(`the server answers ${response.status} ${response.statusText}`.trim());
  return response.blob();
}

function nameOf(source: Blob | ArrayBuffer | Uint8Array | URL | string): string {
  if (typeof source === 'string' || source instanceof URL) return String(source);
  if (source instanceof Blob) return 'name' in source ? String(source.name) : `${source.size} bytes`;
  return `${source.byteLength} bytes`;
}
