import { emptyImage, type Image } from './image.js';

/**
 * Turns the hue of every pixel by `factor` of a full circle, -0.5 … 0.5. Goes through 8-bit hue, saturation and value as
 * Pillow does, so even a factor of 0 moves colours by up to two levels.
 */
export function adjustHue(image: Image, factor: number): Image {
  const shift = Math.trunc(factor * 255);
  const result = emptyImage(image.width, image.height);
  const { data } = image;
  const target = result.data;
  for (let i = 0; i < data.length; i += 3) {
    const hsv = toHsv(data[i]!, data[i + 1]!, data[i + 2]!);
    const hue = ((hsv >> 16) + shift) & 255;
    const rgb = toRgb(hue, (hsv >> 8) & 255, hsv & 255);
    target[i] = rgb >> 16;
    target[i + 1] = (rgb >> 8) & 255;
    target[i + 2] = rgb & 255;
  }
  return result;
}

// Three bytes travel packed in one integer, so that no object is made per pixel. `Math.fround` stands wherever Pillow
// stores a float.
const pack = (a: number, b: number, c: number): number => (a << 16) | (b << 8) | c;

function toHsv(r: number, g: number, b: number): number {
  const value = Math.max(Math.max(r, g), b);
  const range = value - Math.min(Math.min(r, g), b);
  if (range === 0) return value;
  const saturation = Math.trunc(Math.fround(range / value) * 255);
  const rc = Math.fround((value - r) / range);
  const gc = Math.fround((value - g) / range);
  const bc = Math.fround((value - b) / range);
  const sector = Math.fround(r === value ? bc - gc : g === value ? 2 + rc - bc : 4 + gc - rc);
  const turns = sector / 6 + 1;
  const hue = Math.fround(turns < 1 ? turns : turns - 1);
  return pack(Math.trunc(hue * 255), saturation, value);
}

function toRgb(hue: number, saturation: number, value: number): number {
  if (saturation === 0) return pack(value, value, value);
  const angle = (hue * 6) / 255;
  const sector = Math.floor(angle);
  const f = Math.fround(angle - sector);
  const s = Math.fround(saturation / 255);
  const p = Math.floor(value * (1 - s) + 0.5);
  const q = Math.floor(value * (1 - s * f) + 0.5);
  const t = Math.floor(value * (1 - s * (1 - f)) + 0.5);
  switch (sector % 6) {
    case 0:
      return pack(value, t, p);
    case 1:
      return pack(q, value, p);
    case 2:
      return pack(p, value, t);
    case 3:
      return pack(p, q, value);
    case 4:
      return pack(t, p, value);
    default:
      return pack(value, p, q);
  }
}
