import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLabelMask } from '../src/index.js';
import { grayPng, palettePng, png, rgbPng } from './png.js';
import { temporaryFolder } from './temporary-folder.js';

const labels = Uint8Array.of(0, 8, 255, 15, 20, 0);

async function read(bytes: Uint8Array) {
  return readLabelMask(join(temporaryFolder({ 'm.png': bytes }), 'm.png'));
}

describe('readLabelMask', () => {
  it('returns the palette index, whatever its colour', async () => {
    expect(await read(palettePng(3, 2, labels))).toEqual({ width: 3, height: 2, data: labels });
  });

  it('returns the gray value', async () => {
    expect(await read(grayPng(3, 2, labels))).toEqual({ width: 3, height: 2, data: labels });
  });

  it('unpacks indices of 4, 2 and 1 bits, whose rows start on a byte', async () => {
    const palette = Array.from({ length: 48 }, (_, i) => 255 - i);
    const four = await read(
      png({ width: 3, height: 2, depth: 4, colourType: 3 }, Uint8Array.of(0x1f, 0x20, 0x03, 0x40), palette),
    );
    expect([...four.data]).toEqual([1, 15, 2, 0, 3, 4]);
    const two = await read(
      png({ width: 5, height: 1, depth: 2, colourType: 3 }, Uint8Array.of(0b00011011, 0b10000000), palette),
    );
    expect([...two.data]).toEqual([0, 1, 2, 3, 2]);
    const one = await read(
      png({ width: 3, height: 2, depth: 1, colourType: 0 }, Uint8Array.of(0b10100000, 0b01000000)),
    );
    expect([...one.data]).toEqual([1, 0, 1, 0, 1, 0]);
  });

  it('refuses colours, alpha and 16 bits, naming the file', async () => {
    const one = { width: 1, height: 1 };
    await expect(read(png({ ...one, depth: 8, colourType: 4 }, Uint8Array.of(1, 255)))).rejects.toThrow(
      /m\.png: the mask is gray with alpha, expected one channel/,
    );
    await expect(read(png({ ...one, depth: 8, colourType: 6 }, Uint8Array.of(1, 2, 3, 255)))).rejects.toThrow(
      /m\.png: the mask is RGBA, expected one channel/,
    );
    await expect(read(png({ ...one, depth: 16, colourType: 0 }, Uint8Array.of(0, 1)))).rejects.toThrow(
      /m\.png: the mask has 16 bits per pixel, expected at most 8/,
    );
    await expect(read(rgbPng(1, 1, Uint8Array.of(1, 2, 3)))).rejects.toThrow(
      /m\.png: the mask is RGB, expected one channel/,
    );
  });

  it('names a file that is missing or is no PNG', async () => {
    await expect(readLabelMask('/nowhere/m.png')).rejects.toThrow('/nowhere/m.png: no such mask');
    await expect(read(Buffer.from('not a png'))).rejects.toThrow(/m\.png: the mask cannot be read as a PNG/);
    await expect(read(palettePng(3, 2, labels).subarray(0, 60))).rejects.toThrow(/m\.png: the mask cannot be read/);
  });
});
