import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../src/node.js';
import { picture, plain } from './pictures.js';

const photo = picture(24, 16);
const raw = { raw: { width: 24, height: 16, channels: 3 as const } };
const encoder = () => sharp(photo.data, raw);

describe('decodeImage', () => {
  it('gives the bytes of an RGB image', async () => {
    const image = await decodeImage(await encoder().png().toBuffer());
    expect(image).toMatchObject({ width: 24, height: 16 });
    expect(image.data).toEqual(photo.data);
  });

  it('spreads gray over three channels', async () => {
    const gray = await encoder().toColourspace('b-w').jpeg().toBuffer();
    expect((await sharp(gray).metadata()).channels).toBe(1);
    const { data } = await decodeImage(gray);
    expect(data).toHaveLength(24 * 16 * 3);
    for (let at = 0; at < data.length; at += 3) expect([data[at + 1], data[at + 2]]).toEqual([data[at], data[at]]);
  });

  it('converts a CMYK JPEG', async () => {
    const red = sharp(plain(24, 16, [220, 30, 40]).data, raw);
    const cmyk = await red.toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const [r, g, b] = (await decodeImage(cmyk)).data;
    expect(Math.abs(r! - 220)).toBeLessThan(30);
    expect(Math.max(g!, b!)).toBeLessThan(80);
  });

  it('drops transparency and keeps the colour beneath', async () => {
    const image = await decodeImage(await encoder().ensureAlpha(0.2).png().toBuffer());
    expect(image.data).toEqual(photo.data);
  });

  it('reduces 16 bits to 8', async () => {
    const deep = Uint16Array.from(photo.data, (value) => value * 257);
    const png = await sharp(deep, raw).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expect((await decodeImage(png)).data).toEqual(photo.data);
  });

  it('expands a palette', async () => {
    const png = await sharp(plain(24, 16, [200, 100, 50]).data, raw)
      .png({ palette: true })
      .toBuffer();
    expect([...(await decodeImage(png)).data.subarray(0, 3)]).toEqual([200, 100, 50]);
  });

  it('expands gray with transparency and a transparent palette', async () => {
    const gray = await sharp(plain(24, 16, [90, 90, 90]).data, raw)
      .toColourspace('b-w')
      .ensureAlpha(0.5)
      .png()
      .toBuffer();
    expect((await sharp(gray).metadata()).channels).toBe(2);
    expect((await decodeImage(gray)).data).toEqual(plain(24, 16, [90, 90, 90]).data);
    const palette = await sharp(plain(24, 16, [200, 100, 50]).data, raw)
      .ensureAlpha(0.5)
      .png({ palette: true })
      .toBuffer();
    expect((await sharp(palette).metadata()).isPalette).toBe(true);
    const [r, g, b] = (await decodeImage(palette)).data;
    for (const [value, wanted] of [
      [r, 200],
      [g, 100],
      [b, 50],
    ])
      expect(Math.abs(value! - wanted!)).toBeLessThanOrEqual(2);
  });

  it('takes the first picture of an animation', async () => {
    const frames = [plain(8, 8, [255, 0, 0]), plain(8, 8, [0, 0, 255])].map(({ data }) => Buffer.from(data));
    const animation = await sharp(Buffer.concat(frames), { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .gif()
      .toBuffer();
    expect((await sharp(animation).metadata()).pages).toBe(2);
    expect(await decodeImage(animation)).toEqual(plain(8, 8, [255, 0, 0]));
  });

  it('turns the image as its EXIF orientation says', async () => {
    const image = await decodeImage(await encoder().withMetadata({ orientation: 6 }).png().toBuffer());
    expect(image).toMatchObject({ width: 16, height: 24 });
    // Orientation 6 is a quarter turn clockwise: the lower left corner comes to the upper left.
    const lowerLeft = 15 * 24 * 3;
    expect([...image.data.subarray(0, 3)]).toEqual([...photo.data.subarray(lowerLeft, lowerLeft + 3)]);
  });

  it('leaves the pixels as they are stored if asked to', async () => {
    const turned = await encoder().withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await decodeImage(turned, { autoOrient: false })).toEqual(photo);
  });

  it('reduces to the longest side that is asked for, and enlarges nothing', async () => {
    const png = await encoder().png().toBuffer();
    expect(await decodeImage(png, { maxSide: 12 })).toMatchObject({ width: 12, height: 8 });
    expect(await decodeImage(png, { maxSide: 100 })).toMatchObject({ width: 24, height: 16 });
  });

  it('refuses more pixels than allowed', async () => {
    const png = await encoder().png().toBuffer();
    await expect(decodeImage(png, { maxPixels: 300 })).rejects.toThrow(
      /^\d+ bytes: cannot be read as an image \(Input image exceeds pixel limit of 300\)$/,
    );
  });
});

describe('what is no image', () => {
  let folder: string;
  const put = async (name: string, bytes: Uint8Array | string) => {
    const file = join(folder, name);
    await writeFile(file, bytes);
    return file;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cribo-decode-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const sentence = /cannot be read as an image \([^\n]+\)$/;

  it('is refused in one sentence that names the file', async () => {
    for (const file of [
      await put('note.jpg', 'not an image'),
      await put('empty.png', ''),
      join(folder, 'missing.jpg'),
    ]) {
      const error: Error = await decodeImage(file).then(
        () => expect.unreachable(),
        (reason) => reason,
      );
      expect(error.message).toMatch(sentence);
      expect(error.message.startsWith(`${file}: `)).toBe(true);
    }
  });

  it('is called by the name that is given with its bytes', async () => {
    await expect(decodeImage(new Uint8Array(0), { name: 'shard-0003.tar/17.jpg' })).rejects.toThrow(
      /^shard-0003\.tar\/17\.jpg: cannot be read as an image \([^\n]+\)$/,
    );
  });

  it('may be a folder', async () => {
    await expect(decodeImage(folder)).rejects.toThrow(`${folder}: cannot be read as an image (it is a folder)`);
  });

  it('may have begun as one: files that end too early are refused wherever they end', async () => {
    const noisy = sharp(picture(200, 150).data, { raw: { width: 200, height: 150, channels: 3 } });
    for (const bytes of [await noisy.clone().jpeg().toBuffer(), await noisy.clone().png().toBuffer()]) {
      for (const share of [0.01, 0.3, 0.5, 0.9, 0.995]) {
        await expect(decodeImage(bytes.subarray(0, bytes.length * share)), `${share}`).rejects.toThrow(sentence);
      }
    }
    const jpeg = await noisy.jpeg().toBuffer();
    await expect(decodeImage(await put('half.jpg', jpeg.subarray(0, jpeg.length / 2)))).rejects.toThrow(sentence);
    await expect(decodeImage(Buffer.concat([Buffer.from('JUNK'), jpeg]))).rejects.toThrow(sentence);
    await expect(decodeImage(jpeg.fill(0xff, 1500, 1600))).rejects.toThrow(sentence);
  });

  it('may be a small file that claims 900 million pixels: its header is enough to refuse it', async () => {
    const png = await encoder().png().toBuffer();
    // Width and height, and the checksum of the header chunk that they stand in.
    png.writeUInt32BE(30_000, 16);
    png.writeUInt32BE(30_000, 20);
    png.writeUInt32BE(checksum(png.subarray(12, 29)), 29);
    expect(await sharp(png, { limitInputPixels: false }).metadata()).toMatchObject({ width: 30_000, height: 30_000 });
    const before = process.memoryUsage().rss;
    await expect(decodeImage(png)).rejects.toThrow('Input image exceeds pixel limit of 100000000)');
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
  });
});

/** CRC-32, as PNG chunks end with it. */
function checksum(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
