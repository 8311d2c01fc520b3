import type { Params } from '@cribo/tensor';
import { batches } from '../batches.js';
import type { CocoBox, CocoDetection } from './coco-format.js';
import type { DetectionDataset } from './detection-dataset.js';
import { squareView, wholeView } from './square-view.js';
import type { YolosConfig } from './yolos.js';
import { imageBatch, predictions } from './yolos-step.js';

/**
 * Detects objects in all images of a data set: every token says one box, its best category and the probability of that. The last batch
 * is filled up, so that every pass has the same shape; while one is computed, the next is decoded.
 * @returns in COCO's results format, in pixels of the images
 */
export async function detectObjects(
  params: Params,
  config: YolosConfig,
  dataset: DetectionDataset,
  batchSize: number,
  onProgress: (done: number) => void,
): Promise<CocoDetection[]> {
  const size = config.backbone.imageSize;
  const load = async (index: number) => {
    const { imageId, image } = await dataset.item(index);
    return { imageId, ...squareView(image, [], wholeView(image), size) };
  };
  const detections: CocoDetection[] = [];
  for await (const { first, items: views } of batches(dataset.length, batchSize, load)) {
    const blank = Array.from({ length: batchSize - views.length }, () => new Float32Array(size * size * 3));
    const images = imageBatch([...views.map(({ image }) => image), ...blank], size);
    const { logits, boxes } = await predictions(params, config, images).finally(() => images.dispose());
    const width = config.classes + 1;
    views.forEach(({ imageId, zoom }, i) => {
      for (let token = i * config.tokens; token < (i + 1) * config.tokens; token++) {
        const { label, score } = best(logits.subarray(token * width, (token + 1) * width));
        const bbox = inImage(boxes.subarray(token * 4, (token + 1) * 4), zoom, size);
        detections.push({ image_id: imageId, category_id: dataset.categories[label]!.id, bbox, score });
      }
    });
    onProgress(first + views.length);
  }
  return detections;
}

/** The category of the highest probability, "no object" aside. @param logits `[C + 1]` */
function best(logits: Float32Array): { label: number; score: number } {
  const categories = logits.subarray(0, -1);
  const label = categories.reduce((top, logit, c) => (logit > categories[top]! ? c : top), 0);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - logits[label]!), 0);
  return { label, score: 1 / total };
}

/** A box in shares of the square as one in pixels of the image; it may reach beyond the image, as DETR's do. */
function inImage(shares: Float32Array, [zoomX, zoomY]: readonly [number, number], size: number): CocoBox {
  const [width, height] = [(shares[2]! * size) / zoomX, (shares[3]! * size) / zoomY];
  return [(shares[0]! * size) / zoomX - width / 2, (shares[1]! * size) / zoomY - height / 2, width, height];
}
