import { IGNORE_LABEL, type LabelMask, readLabelMask } from '@cribo/eval-seg';
import { fromInput, InputError } from '../errors.js';

/** What the mask of an image has to be. */
export interface ExpectedMask {
  /** The image, for messages. */
  image: string;
  /** Size in pixels of the image as it was decoded. */
  width: number;
  height: number;
  /** The longest side that images are reduced to while they are decoded, if they are. */
  maxSide: number | undefined;
  /** Labels are smaller than this; 255 is void. */
  classes: number;
}

/**
 * Reads the label mask of an image in the size the image was decoded to.
 * @throws InputError of one sentence that names the file: not there, no label mask, of another size, or with a label that
 * is no class
 */
export async function readMask(file: string, expected: ExpectedMask): Promise<LabelMask> {
  const mask = await fromInput(() => readLabelMask(file));
  const wrong = mask.data.find((label) => label >= expected.classes && label !== IGNORE_LABEL);
  if (wrong !== undefined) {
    throw new InputError(
      `${file}: found label ${wrong}, expected 0 to ${expected.classes - 1} (oracle.classes) or ${IGNORE_LABEL}`,
    );
  }
  const { width, height } = expected;
  if (mask.width === width && mask.height === height) return mask;
  if (isReduced(mask, expected)) return nearestPixels(mask, width, height);
  throw new InputError(
    `${file}: the mask has ${mask.width} x ${mask.height} pixels, expected ${width} x ${height} as in ${expected.image}${expected.maxSide === undefined ? '' : `, or its size before loading.decodeMaxSide`}`,
  );
}

/** Whether the image is one of the mask's size, reduced to `maxSide`; sides are rounded then. */
function isReduced(mask: LabelMask, { width, height, maxSide }: ExpectedMask): boolean {
  const longest = Math.max(mask.width, mask.height);
  if (maxSide === undefined || longest <= maxSide) return false;
  const scale = maxSide / longest;
  return Math.abs(mask.width * scale - width) < 1 && Math.abs(mask.height * scale - height) < 1;
}

/** The label under the centre of every pixel of the smaller image. */
function nearestPixels(mask: LabelMask, width: number, height: number): LabelMask {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * mask.height) / height) * mask.width;
    for (let x = 0; x < width; x++)
      data[y * width + x] = mask.data[row + Math.floor(((x + 0.5) * mask.width) / width)]!;
  }
  return { width, height, data };
}
