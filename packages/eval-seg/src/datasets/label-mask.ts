import { readFile } from 'node:fs/promises';
import { type DecodedPng, decode } from 'fast-png';
import type { LabelMask } from '../dataset.js';

/**
 * Reads a label mask: a PNG whose gray value or palette *index* is the class. Colours of a palette are never looked at;
 * pixels of 1, 2 and 4 bits are unpacked.
 * @throws Error naming the file if it is missing, not a PNG, in RGB(A) colours or of 16 bits.
 */
export async function readLabelMask(path: string): Promise<LabelMask> {
  const png = decodePng(path, await readMaskFile(path));
  if (png.channels !== 1) {
    const kind = ['', '', 'gray with alpha', 'RGB', 'RGBA'][png.channels] ?? `${png.channels} channels`;
    throw new Error(`${path}: the mask is ${kind}, expected one channel of class ids (8-bit gray or palette)`);
  }
  if (png.depth === 16) {
    throw new Error(`${path}: the mask has 16 bits per pixel, expected at most 8 (class ids 0 to 255)`);
  }
  const { width, height } = png;
  const data = png.depth === 8 ? Uint8Array.from(png.data) : unpackBits(png, png.depth);
  return { width, height, data };
}

async function readMaskFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Error(`${path}: no such mask, every image needs one`, { cause: error });
    }
    throw new Error(`${path}: the mask cannot be read (${(error as Error).message})`, { cause: error });
  }
}

function decodePng(path: string, bytes: Uint8Array): DecodedPng {
  try {
    return decode(bytes);
  } catch (error) {
    throw new Error(`${path}: the mask cannot be read as a PNG (${(error as Error).message})`, { cause: error });
  }
}

/** Pixels of less than 8 bits lie packed from the high bit down, and every row starts on a new byte. */
function unpackBits(png: DecodedPng, depth: 1 | 2 | 4): Uint8Array {
  const { width, height, data } = png;
  const perByte = 8 / depth;
  const rowBytes = Math.ceil(width / perByte);
  const lowBits = (1 << depth) - 1;
  const labels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = data[y * rowBytes + Math.floor(x / perByte)]!;
      labels[y * width + x] = (byte >> (8 - depth * ((x % perByte) + 1))) & lowBits;
    }
  }
  return labels;
}
