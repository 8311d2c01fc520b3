import type { Channels } from '@cribo/augment';
import sharp from 'sharp';

/** Side of a picture in the page, in pixels. */
const tileSize = 240;

/** A picture of the page with the grid of its patches. */
export interface ViewTile {
  /** Data URI. */
  src: string;
  /** Cluster of every patch, row by row of a square grid. */
  labels: number[];
}

/** A normalised view `[size, size, 3]` as a data URI. */
export async function viewTile(view: Float32Array, size: number, mean: Channels, std: Channels): Promise<string> {
  const pixels = Uint8Array.from(view, (value, i) => {
    const channel = i % 3;
    return Math.max(0, Math.min(255, Math.round(255 * (value * std[channel]! + mean[channel]!))));
  });
  return encode(pixels, size, 82);
}

/** The weights of a square grid of patches as a heat map, dark to bright from the least to the greatest of them. */
export async function heatTile(weights: Float32Array): Promise<string> {
  const least = Math.min(...weights);
  const range = Math.max(...weights) - least || 1;
  const pixels = Uint8Array.from({ length: weights.length * 3 }, (_, i) =>
    heat((weights[Math.floor(i / 3)]! - least) / range, i % 3),
  );
  return encode(pixels, Math.sqrt(weights.length), 75);
}

async function encode(pixels: Uint8Array, size: number, quality: number): Promise<string> {
  const webp = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .resize(tileSize, tileSize, { kernel: 'cubic' })
    .webp({ quality })
    .toBuffer();
  return `data:image/webp;base64,${webp.toString('base64')}`;
}

/** Points of matplotlib's colour map "inferno", evenly spaced. */
const inferno = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
] as const;

function heat(value: number, channel: number): number {
  const place = value * (inferno.length - 1);
  const below = Math.min(Math.floor(place), inferno.length - 2);
  const [from, to] = [inferno[below]![channel]!, inferno[below + 1]![channel]!];
  return Math.round(from + (to - from) * (place - below));
}
