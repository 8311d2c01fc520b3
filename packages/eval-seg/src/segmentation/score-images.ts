import { ConfusionMatrix } from '../confusion-matrix.js';
import { type Segmented, type SegmentOptions, segmentImages } from './segment-images.js';

/**
 * Segments a data set and counts right and wrong pixels.
 * @param onImage called with every image and the number of those done
 * @returns one confusion matrix per head
 */
export async function scoreImages(
  options: SegmentOptions,
  onImage: (done: number, segmented: Segmented) => void,
): Promise<ConfusionMatrix[]> {
  const matrices: ConfusionMatrix[] = [];
  let done = 0;
  for await (const segmented of segmentImages(options)) {
    for (const [head, labels] of segmented.predicted.entries()) {
      matrices[head] ??= new ConfusionMatrix(options.classes);
      matrices[head].add(segmented.item.mask.data, labels);
    }
    onImage(++done, segmented);
  }
  return matrices;
}
