import type { Image } from '@cribo/augment';
import {
  classIouChart,
  confusionChart,
  encodePng,
  IGNORE_LABEL,
  type LabelMask,
  overlaySegmentation,
  sideBySide,
  vocPalette,
} from '@cribo/eval-seg';
import sharp from 'sharp';
import type { EvaluationPicture } from './saved.js';

/** An image with its ground truth and what an evaluation made of it, all of one size. */
export interface SegmentedImage {
  readonly id: string;
  readonly image: Image;
  readonly truth: LabelMask;
  readonly predicted: LabelMask;
}

/** Which of `total` images are drawn: `count` of them, evenly spread. */
export const drawnImages = (total: number, count: number): number[] =>
  Array.from({ length: Math.min(count, total) }, (_, i) => Math.floor((i * total) / Math.min(count, total)));

/** Pictures are at most so wide, in pixels; a report carries them inside it. */
const widest = 1100;

/** The image, its ground truth and the prediction side by side. */
export async function predictionPicture(
  { id, image, truth, predicted }: SegmentedImage,
  classes: readonly string[],
  place: number,
): Promise<EvaluationPicture> {
  const labels = [...new Set([...truth.data, ...predicted.data])].sort((a, b) => a - b);
  const png = encodePng(sideBySide([image, overlaySegmentation(image, truth), overlaySegmentation(image, predicted)]));
  return {
    name: `prediction-${place + 1}`,
    png: await sharp(png).resize({ width: widest, withoutEnlargement: true }).png().toBuffer(),
    about: {
      caption: `${id}: the image, its ground truth and the prediction.`,
      // Label 0 leaves the image as it is.
      legend: labels.flatMap((label) =>
        label === 0 ? [] : [{ name: label === IGNORE_LABEL ? 'void' : classes[label]!, colour: hex(label) }],
      ),
    },
  };
}

/** The confusion matrix and the IoU of every class. */
export async function classPictures(
  classes: readonly string[],
  confusion: readonly (readonly number[])[],
  iou: readonly (number | null)[],
  of: string,
): Promise<EvaluationPicture[]> {
  return [
    {
      name: 'class-iou',
      png: await rasterised(classIouChart(classes, iou)),
      about: { caption: `IoU of every class, ${of}.` },
    },
    {
      name: 'confusion',
      png: await rasterised(confusionChart(classes, confusion)),
      about: { caption: `What the classes are taken for, ${of}.` },
    },
  ];
}

/** A drawing as PNG, two pixels per unit. */
const rasterised = (svg: string): Promise<Uint8Array> => sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();

const hex = (label: number) =>
  `#${vocPalette[label]!.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
