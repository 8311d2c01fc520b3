import { type Crop, type Image, resizedCrop } from '@cribo/augment';
import { checkWhole } from '../checks.js';
import type { SegDataset } from '../dataset.js';
import { sideBySide } from '../picture.js';
import { squareImage } from '../square.js';
import type { RetrievedSupport } from './retrieve-support.js';

const yellow = [255, 220, 0] as const;

export interface SupportPictureOptions {
  /** The query data set. */
  readonly query: SegDataset;
  /** The memory data set; with several views, the same `augmentedViews` that the memory was extracted from. */
  readonly memory: SegDataset;
  /** Views of every memory image; default 1. */
  readonly views?: number;
  /** Side of the squares that the network saw, in pixels; also the height of the picture. */
  readonly imageSize: number;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  /** Side of the part of a support image that is shown, in patches; default 7. It is magnified to the height of the picture. */
  readonly context?: number;
}

/**
 * A picture of what was retrieved: the query image with its patch framed, then, most similar first, the surroundings of
 * every support patch, which is framed too. Images are shown as the network sees them, resized to a square.
 * @throws Error if `context` is not a positive whole number; and what `dataset.item` throws.
 */
export async function drawSupport(
  { query, support }: RetrievedSupport,
  options: SupportPictureOptions,
): Promise<Image> {
  const { imageSize, patchSize, views = 1, context = 7 } = options;
  checkWhole('context', context);
  const square = async (dataset: SegDataset, index: number) =>
    squareImage((await dataset.item(index)).image, imageSize);
  const whole = { top: 0, left: 0, width: imageSize, height: imageSize };
  const queryImage = await square(options.query, query.image);
  const tiles = [framed(queryImage, whole, imageSize, patchSize, query)];
  const side = Math.min(imageSize, context * patchSize);
  for (const place of support) {
    const image = await square(options.memory, place.image * views + place.view);
    const start = (patch: number) =>
      Math.min(imageSize - side, Math.max(0, Math.round((patch + 0.5) * patchSize - side / 2)));
    const window = { top: start(place.row), left: start(place.column), width: side, height: side };
    tiles.push(framed(resizedCrop(image, window, imageSize), window, imageSize, patchSize, place));
  }
  return sideBySide(tiles);
}

/** `tile` shows `window` of an image at `size` pixels a side; the patch is framed just outside of its pixels. */
function framed(
  tile: Image,
  window: Crop,
  size: number,
  patchSize: number,
  patch: { row: number; column: number },
): Image {
  const scale = size / window.width;
  const top = Math.round((patch.row * patchSize - window.top) * scale);
  const left = Math.round((patch.column * patchSize - window.left) * scale);
  const side = Math.round(patchSize * scale);
  return frame(tile, { top, left, width: side, height: side });
}

/** Draws a yellow frame of 2 pixels around `area`, as far as it lies in the image; the pixels of the area stay. */
function frame({ width, height, data }: Image, area: Crop): Image {
  const framedData = data.slice();
  const thickness = 2;
  const inside = (x: number, y: number) =>
    x >= area.left && x < area.left + area.width && y >= area.top && y < area.top + area.height;
  for (let y = Math.max(0, area.top - thickness); y < Math.min(height, area.top + area.height + thickness); y++) {
    for (let x = Math.max(0, area.left - thickness); x < Math.min(width, area.left + area.width + thickness); x++) {
      if (!inside(x, y)) framedData.set(yellow, (y * width + x) * 3);
    }
  }
  return { width, height, data: framedData };
}
