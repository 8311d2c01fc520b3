import type { Image } from '@cribo/augment';
import { encode } from 'fast-png';
import type { LabelMask } from './dataset.js';
import { type Palette, vocPalette } from './palette.js';

/** The labels in colours. */
export function renderSegmentation(labels: LabelMask, palette: Palette = vocPalette): Image {
  const { width, height } = labels;
  const data = new Uint8Array(width * height * 3);
  labels.data.forEach((label, i) => {
    data.set(palette[label] ?? [0, 0, 0], i * 3);
  });
  return { width, height, data };
}

/**
 * The labels in colours over the image; label 0 (background) leaves the image as it is.
 * @param opacity of the colours, 0 to 1; default 0.6
 * @throws Error if the sizes differ.
 */
export function overlaySegmentation(
  image: Image,
  labels: LabelMask,
  { palette = vocPalette, opacity = 0.6 }: { palette?: Palette; opacity?: number } = {},
): Image {
  const { width, height } = image;
  if (labels.width !== width || labels.height !== height) {
    throw new Error(
      `labels: got ${labels.width} x ${labels.height} pixels, wanted ${width} x ${height} as in the image`,
    );
  }
  const colours = renderSegmentation(labels, palette).data;
  const data = image.data.map((value, i) => {
    const label = labels.data[Math.floor(i / 3)];
    return label === 0 ? value : Math.round((1 - opacity) * value + opacity * colours[i]!);
  });
  return { width, height, data };
}

/**
 * Pictures of the same height next to each other, such as image, ground truth and prediction.
 * @param gap white pixels between them; default 4
 * @throws Error if the heights differ.
 */
export function sideBySide(images: readonly Image[], gap = 4): Image {
  const height = images[0]?.height ?? 0;
  const width = images.reduce((sum, image) => sum + image.width, Math.max(0, images.length - 1) * gap);
  const data = new Uint8Array(width * height * 3).fill(255);
  let left = 0;
  images.forEach((image, i) => {
    if (image.height !== height) throw new Error(`images[${i}]: got height ${image.height}, wanted ${height}`);
    for (let y = 0; y < height; y++) {
      const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
      data.set(row, (y * width + left) * 3);
    }
    left += image.width + gap;
  });
  return { width, height, data };
}

/** The picture as a PNG file. */
export function encodePng({ width, height, data }: Image): Uint8Array {
  return encode({ width, height, data, channels: 3, depth: 8 });
}
