import { type Config, InputError, parseConfig } from '@cribo/trainer';
import type { BankRequest } from '../measure/bank.js';
import type { ClusteringRequest } from '../measure/clustering.js';

/** What is measured at a size of an axis. */
export type ScaleCase =
  | { what: 'step'; config: Config }
  | { what: 'clustering'; request: Omit<ClusteringRequest, 'backend' | 'repeats'> }
  | { what: 'bank'; request: Omit<BankRequest, 'backend' | 'repeats'> };

/** One size that varies while everything else stays as in the base. */
export interface Axis {
  title: string;
  /** What the size counts. */
  unit: string;
  sizes: readonly number[];
  /** @throws InputError if there is nothing of this size */
  at(size: number, base: Config): ScaleCase;
}

/** All axes by name: the whole step, then its two parts that grow with more than the network. */
export const axes: Record<string, Axis> = {
  batch: {
    title: 'Step by batch',
    unit: 'images',
    sizes: [1, 2, 4, 8, 16, 32],
    at: (batchSize, base) => step({ ...base, training: { ...base.training, batchSize } }),
  },
  tokens: {
    title: 'Step by patch tokens of a view',
    unit: 'tokens',
    sizes: [49, 100, 196, 400, 784],
    at: (tokens, base) => step({ ...base, views: { ...base.views, imageSize: sideOf(tokens) * base.model.patchSize } }),
  },
  clusters: {
    title: 'Step by clusters',
    unit: 'clusters',
    sizes: [4, 8, 16, 32, 64],
    at: (clusters, base) => step({ ...base, clustering: { ...base.clustering, clusters } }),
  },
  bank: {
    title: 'Step by images in the bank',
    unit: 'images',
    sizes: [256, 1024, 4096, 25_000],
    at: (images, base) => step({ ...base, bank: { ...base.bank, images } }),
  },
  heads: {
    title: 'Step by outputs of both heads',
    unit: 'outputs',
    sizes: [4096, 16_384, 65_536],
    at: (out, base) => step({ ...base, head: { ...base.head, outDim: out, objectOutDim: out } }),
  },
  'clustering-tokens': {
    title: 'Clustering alone, by patch tokens of a view',
    unit: 'tokens',
    sizes: [49, 100, 196, 400, 784],
    at: (tokens, { variant }) => ({ what: 'clustering', request: { ...eightImages, side: sideOf(tokens), variant } }),
  },
  'clustering-clusters': {
    title: 'Clustering alone, by clusters',
    unit: 'clusters',
    sizes: [4, 8, 16, 32, 64],
    at: (clusters, { variant }) => ({ what: 'clustering', request: { ...eightImages, clusters, variant } }),
  },
  'bank-alone': {
    title: 'Query of the bank alone, by its images',
    unit: 'images',
    sizes: [256, 1024, 4096, 25_000],
    at: (images, { bank }) => ({
      what: 'bank',
      request: { images, objectsPerImage: 64, dim: 384, storage: bank.storage, batch: 8 },
    }),
  },
};

/** The parts are measured at these sizes whatever the base: 196 tokens of 384 numbers, 32 clusters. */
const eightImages = { images: 8, side: 14, clusters: 32, dim: 384, grid: true };

/** Validated again: not every size goes with the rest of a base. */
const step = (config: Config): ScaleCase => ({ what: 'step', config: parseConfig(config, 'The settings of the case') });

function sideOf(tokens: number): number {
  const side = Math.sqrt(tokens);
  if (!Number.isInteger(side)) throw new InputError(`A view has ${tokens} tokens, expected a square number.`);
  return side;
}

/** An axis that was asked for: its name and sizes. */
export interface AxisChoice {
  name: string;
  sizes: readonly number[];
}

/** Reads `batch` or `batch=1,2,4`. @throws InputError of one sentence */
export function parseAxis(text: string): AxisChoice {
  const [name = '', list] = text.split('=', 2);
  const axis = Object.hasOwn(axes, name) ? axes[name] : undefined;
  if (axis === undefined) {
    throw new InputError(`No axis is called "${name}"; there are ${Object.keys(axes).join(', ')}.`);
  }
  const sizes = list === undefined ? axis.sizes : list.split(',').map(Number);
  if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new InputError(
      `--axis ${name} has the sizes "${list}", expected positive whole numbers with commas between.`,
    );
  }
  return { name, sizes: [...sizes].sort((a, b) => a - b) };
}
