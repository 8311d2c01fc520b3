import { ConfusionMatrix } from '../confusion-matrix.js';
import { type SegmentOptions, segmentImages } from './segment-images.js';

/**
 * Segments a data set and counts right and wrong pixels.
 * @param onImage called with the number of images done
 * @returns one confusion matrix per head
 */
export async function scoreImages(
  options: SegmentOptions,
  onImage: (done: number) => void,
): Promise<ConfusionMatrix[]> {
  const matrices: ConfusionMatrix[] = [];
  let done = 0;
  for await (const { item, predicted } of segmentImages(options)) {
    for (const [head, labels] of predicted.entries()) {
      matrices[head] ??= new ConfusionMatrix(options.classes);
      matrices[head].add(item.mask.data, labels);
    }
    onImage(++done);
  }
  return matrices;
}
