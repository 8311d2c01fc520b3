import { type Channels, imagenetMean, imagenetStd } from './normalize.js';

/** A lower and an upper bound. */
export type Range = readonly [number, number];

/** Which part of the image a view shows. */
export interface CropPolicy {
  /** Share of the image's area. */
  readonly scale: Range;
  /** Width over height, drawn log-uniformly. */
  readonly ratio: Range;
}

/** A kind of change to the pixels of a view. */
export type ViewStage = 'colorJitter' | 'grayscale' | 'blur' | 'solarize';

/** How the pixels of one view change; probabilities are 0 … 1. */
export interface ViewPolicy {
  /** Probability of a horizontal flip. */
  readonly flip: number;
  /**
   * Brightness, contrast and saturation factors are drawn from 1 ± their value (never below 0), the hue shift from
   * ± its value, and the four are applied in random order.
   */
  readonly colorJitter: {
    readonly probability: number;
    readonly brightness: number;
    readonly contrast: number;
    readonly saturation: number;
    readonly hue: number;
  };
  /** Probability of losing all colour. */
  readonly grayscale: number;
  /** Gaussian blur; `sigma` in pixels of the view. */
  readonly blur: { readonly probability: number; readonly sigma: Range };
  /** Inversion of all bytes from `threshold` on. */
  readonly solarize: { readonly probability: number; readonly threshold: number };
  /** The order in which the stages above follow crop and flip; one that is not listed is left out. */
  readonly order: readonly ViewStage[];
}

/** Everything random about two views of an image, as plain data. */
export interface AugmentPolicy {
  readonly crop: CropPolicy;
  /** First and second view. */
  readonly views: readonly [ViewPolicy, ViewPolicy];
  readonly mean: Channels;
  readonly std: Channels;
}

const firstView: ViewPolicy = {
  flip: 0.5,
  colorJitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 },
  grayscale: 0.2,
  blur: { probability: 1, sigma: [0.1, 2] },
  solarize: { probability: 0, threshold: 128 },
  order: ['colorJitter', 'grayscale', 'blur', 'solarize'],
};

/** The augmentations that CrIBo was trained with: the first view is always blurred, the second one rarely, but sometimes solarized. */
export const paperPolicy: AugmentPolicy = {
  crop: { scale: [0.25, 1], ratio: [3 / 4, 4 / 3] },
  views: [
    firstView,
    {
      ...firstView,
      blur: { probability: 0.1, sigma: [0.1, 2] },
      solarize: { probability: 0.2, threshold: 128 },
    },
  ],
  mean: imagenetMean,
  std: imagenetStd,
};
