import { crc32, deflateSync } from 'node:zlib';

/**
 * A PNG written byte by byte, so that tests can have palette images with the indices they want.
 * @param packed the rows of pixels as the format stores them, one filter-less row after the other
 */
export function png(
  {
    width,
    height,
    depth,
    colourType,
  }: { width: number; height: number; depth: 1 | 2 | 4 | 8 | 16; colourType: 0 | 2 | 3 | 4 | 6 },
  packed: Uint8Array,
  palette?: readonly number[],
): Buffer {
  const rowBytes = packed.length / height;
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.concat([Buffer.from([0]), packed.subarray(y * rowBytes, (y + 1) * rowBytes)]),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Buffer.from(palette))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** An 8-bit palette PNG whose colours have nothing to do with the labels. */
export function palettePng(width: number, height: number, labels: Uint8Array): Buffer {
  const palette = Array.from({ length: 256 * 3 }, (_, i) => (i * 37 + 11) % 256);
  return png({ width, height, depth: 8, colourType: 3 }, labels, palette);
}

/** An 8-bit gray PNG. */
export function grayPng(width: number, height: number, labels: Uint8Array): Buffer {
  return png({ width, height, depth: 8, colourType: 0 }, labels);
}

/** An 8-bit RGB PNG. */
export function rgbPng(width: number, height: number, pixels: Uint8Array): Buffer {
  return png({ width, height, depth: 8, colourType: 2 }, pixels);
}
