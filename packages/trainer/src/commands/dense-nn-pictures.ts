import {
  augmentedViews,
  type DenseNNResult,
  drawSupport,
  encodePng,
  type MemoryPatches,
  type PatchFeatures,
  type Prediction,
  type QueryPatch,
  type RetrievedSupport,
  retrieveSupport,
  type SegDataset,
  squareImage,
  squareMask,
} from '@cribo/eval-seg';
import type { EvaluationPicture } from '../evaluations/saved.js';
import { classPictures, drawnImages, predictionPicture } from '../evaluations/segmentation-pictures.js';

export interface DenseNNPictureOptions {
  readonly memory: SegDataset;
  readonly query: SegDataset;
  readonly imageSize: number;
  readonly patchSize: number;
  readonly memoryEpochs: number;
  readonly memorySeed: number;
  readonly subsampling: readonly number[];
  /** Query images to draw. */
  readonly pictures: number;
  /** Patches whose neighbours are drawn; by default one of every image drawn. */
  readonly queryPatch?: readonly QueryPatch[];
}

/** Neighbours that a picture shows. */
const shown = 7;

/** Draws some query images as labelled from the largest memory, what is retrieved for patches of them, and the classes. */
export function denseNNPictures(options: DenseNNPictureOptions) {
  const { memory, query, imageSize, patchSize, memoryEpochs, memorySeed, subsampling } = options;
  const images = drawnImages(query.length, options.pictures);
  const largest = Math.min(...subsampling);
  const predictions = new Map<number, Uint8Array>();
  let retrieved: RetrievedSupport[] = [];
  return {
    async onFeatures(from: MemoryPatches, features: PatchFeatures): Promise<void> {
      const patches = options.queryPatch ?? images.map((image) => telling(features, image));
      if (options.pictures > 0) retrieved = await retrieveSupport(from, features, patches, { k: shown });
    },
    onPrediction({ image, subset, pixels }: Prediction): void {
      if (images.includes(image) && subset.factor === largest && (subset.seed ?? 0) === 0)
        predictions.set(image, pixels);
    },
    async pictures({ classes, confusion, ratios }: DenseNNResult): Promise<EvaluationPicture[]> {
      const { patch } = ratios.find(({ factor }) => factor === largest)!;
      const of = largest === 1 ? 'patches, the whole memory' : `patches, 1/${largest} of the memory`;
      const segmented = images.map(async (image, place) => {
        const item = await query.item(image);
        const truth = squareMask(item.mask, imageSize);
        const square = squareImage(item.image, imageSize);
        const predicted = { ...truth, data: predictions.get(image)! };
        return predictionPicture({ id: item.id, image: square, truth, predicted }, classes, place);
      });
      const seen = augmentedViews(memory, { imageSize, views: memoryEpochs, seed: memorySeed });
      const neighbours = retrieved.map(async (found, place) => ({
        name: `neighbours-${place + 1}`,
        png: encodePng(await drawSupport(found, { query, memory: seen, views: memoryEpochs, imageSize, patchSize })),
        about: { caption: neighbourCaption(found, classes) },
      }));
      const examples = await Promise.all([...segmented, ...neighbours]);
      return [...examples, ...(await classPictures(classes, confusion, patch.iou, of))];
    },
  };
}

/** A patch in the middle of the object that fills most of the image; label 0, the background, only where nothing else is. */
function telling({ labels, grid }: PatchFeatures, image: number): QueryPatch {
  const count = grid.rows * grid.columns;
  const own = labels.subarray(image * count, (image + 1) * count);
  const sizes = new Map<number, number>();
  for (const label of own) if (label !== 0 && label !== 255) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const [object] = [...sizes].sort((a, b) => b[1] - a[1])[0] ?? [0];
  const members = [...own.keys()].filter((patch) => own[patch] === object);
  const patch = members[Math.floor(members.length / 2)] ?? Math.floor(count / 2);
  return { image, row: Math.floor(patch / grid.columns), column: patch % grid.columns };
}

function neighbourCaption({ query, support }: RetrievedSupport, classes: readonly string[]): string {
  const found = support.map(({ id, label, similarity }) => `${id} (${classes[label]}, ${similarity.toFixed(3)})`);
  return `${query.id}, patch in row ${query.row} and column ${query.column}, and the patches it is most similar to, with class and cosine: ${found.join(', ')}.`;
}
