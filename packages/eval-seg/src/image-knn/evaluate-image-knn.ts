import { checkNotEmpty } from '../checks.js';
import { type BlockSize, search } from '../search/search.js';
import { timed } from '../timed.js';
import type { ImageDataset } from './image-dataset.js';
import { extractImageFeatures, type ImageFeatures, type ImageModel } from './image-features.js';
import { voteRank } from './vote-rank.js';

export interface EvaluateImageKnnOptions {
  readonly model: ImageModel;
  /** Labelled images that vote, such as ImageNet `train`. */
  readonly train: ImageDataset;
  /** Images to classify, such as ImageNet `val`; their classes are among those of `train`. */
  readonly val: ImageDataset;
  /** Side of the square that the network sees, in pixels; default 224. */
  readonly imageSize?: number;
  /** Images per forward pass; default 32. */
  readonly batchSize?: number;
  /** Numbers of neighbours; default 10, 20, 100 and 200. Where `train` has fewer images, all of them vote. */
  readonly ks?: readonly number[];
  /** Temperature of the vote; default 0.07. */
  readonly temperature?: number;
  readonly blockSize?: BlockSize;
  readonly onProgress?: (progress: ImageKnnProgress) => void;
}

export interface ImageKnnProgress {
  /** Images of either data set, then images of `val` that have found their neighbours. */
  readonly phase: 'train' | 'val' | 'retrieval';
  readonly done: number;
  readonly total: number;
}

/** Shares of 1. */
export interface ImageKnnRun {
  readonly k: number;
  readonly top1: number;
  /** The true class is among the five of the most votes (the `k` of the most, if those are fewer). */
  readonly top5: number;
}

/** The outcome of {@link evaluateImageKnn}; plain data, ready for JSON. */
export interface ImageKnnResult {
  readonly train: { readonly name: string; readonly images: number };
  readonly val: { readonly name: string; readonly images: number };
  readonly classes: number;
  readonly imageSize: number;
  readonly featureDim: number;
  readonly temperature: number;
  /** One entry per k, in their order. */
  readonly runs: ImageKnnRun[];
  readonly seconds: { readonly features: number; readonly retrieval: number };
}

/**
 * Weighted k-NN classification of whole images (Table 5; DINO's `eval_knn`): the `k` images of `train` whose features have the
 * highest cosine vote with `exp(cosine / temperature)`. The search is exact.
 * @throws Error of one sentence if a file is wrong, a class of `val` is not in `train`, or a setting does not fit.
 */
export async function evaluateImageKnn(options: EvaluateImageKnnOptions): Promise<ImageKnnResult> {
  const { model, train, val, imageSize = 224, batchSize = 32, ks = [10, 20, 100, 200] } = options;
  const { temperature = 0.07, blockSize = {}, onProgress } = options;
  const labelInTrain = checked({ train, val, imageSize, batchSize, ks, temperature });
  const features = (dataset: ImageDataset, phase: 'train' | 'val') =>
    extractImageFeatures(model, dataset, {
      imageSize,
      batchSize,
      onProgress: (done, total) => onProgress?.({ phase, done, total }),
    });
  const [[memory, queries], featureSeconds] = await timed(
    async () => [await features(train, 'train'), await features(val, 'val')] as const,
  );
  const truths = queries.labels.map((label) => labelInTrain[label]!);
  const [runs, retrievalSeconds] = await timed(() =>
    classify(memory, queries, truths, { ks, temperature, classes: train.classes.length, blockSize }, (done) =>
      onProgress?.({ phase: 'retrieval', done, total: val.length }),
    ),
  );
  return {
    train: { name: train.name, images: train.length },
    val: { name: val.name, images: val.length },
    classes: train.classes.length,
    imageSize,
    featureDim: memory.dim,
    temperature,
    runs,
    seconds: { features: featureSeconds, retrieval: retrievalSeconds },
  };
}

/** @returns for every class of `val` its position among those of `train` */
function checked(settings: Required<Pick<EvaluateImageKnnOptions, CheckedName>>): number[] {
  const { train, val, ks, temperature } = settings;
  checkNotEmpty(train, val);
  for (const [name, values] of [
    ['imageSize', [settings.imageSize]],
    ['batchSize', [settings.batchSize]],
    ['ks', ks],
  ] as const) {
    if (values.length === 0 || values.some((value) => !Number.isInteger(value) || value < 1)) {
      throw new Error(`${name}: got ${values.join(', ') || 'nothing'}, wanted positive whole numbers`);
    }
  }
  if (!(temperature > 0)) throw new Error(`temperature: got ${temperature}, wanted a positive number`);
  return val.classes.map((name) => {
    const label = train.classes.indexOf(name);
    if (label < 0) {
      throw new Error(
        `${val.name}: has the class "${name}", expected only the ${train.classes.length} of ${train.name}`,
      );
    }
    return label;
  });
}

type CheckedName = 'train' | 'val' | 'imageSize' | 'batchSize' | 'ks' | 'temperature';

async function classify(
  memory: ImageFeatures,
  queries: ImageFeatures,
  truths: Int32Array,
  options: { ks: readonly number[]; temperature: number; classes: number; blockSize: BlockSize },
  onDone: (done: number) => void,
): Promise<ImageKnnRun[]> {
  const { ks, temperature, classes, blockSize } = options;
  const most = Math.min(Math.max(...ks), memory.rows);
  const top1 = ks.map(() => 0);
  const top5 = ks.map(() => 0);
  const subsets = [new Uint8Array(memory.rows).fill(1)];
  for await (const { firstQuery, count, nearest } of search(memory, queries, { k: most, subsets, blockSize })) {
    const { indices, similarities } = nearest[0]!;
    for (let q = 0; q < count; q++) {
      const labels = indices.subarray(q * most, (q + 1) * most).map((row) => memory.labels[row]!);
      const neighbours = { labels, similarities: similarities.subarray(q * most, (q + 1) * most) };
      ks.forEach((k, i) => {
        const rank = voteRank(neighbours, truths[firstQuery + q]!, { k, temperature, classes });
        if (rank === 0) top1[i]!++;
        if (rank < Math.min(5, k)) top5[i]!++;
      });
    }
    onDone(firstQuery + count);
  }
  return ks.map((k, i) => ({ k, top1: top1[i]! / queries.rows, top5: top5[i]! / queries.rows }));
}
