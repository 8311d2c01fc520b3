import type { Crop } from './crop.js';
import type { Image } from './image.js';
import type { CropPolicy, ViewPolicy, ViewStage } from './policy.js';
import type { Random } from './random.js';
import { drawCrop } from './random-resized-crop.js';

/** One step of colour jitter. */
export interface JitterStep {
  readonly op: 'brightness' | 'contrast' | 'saturation' | 'hue';
  readonly factor: number;
}

/** Everything that was drawn for one view, as plain data: applying it involves no chance. Crop and flip come first. */
export interface ViewRecipe {
  readonly crop: Crop;
  readonly flip: boolean;
  /** In the order of application; empty where the view keeps its colours. */
  readonly jitter: readonly JitterStep[];
  readonly grayscale: boolean;
  /** Standard deviation in pixels, or null for no blur. */
  readonly blurSigma: number | null;
  /** Threshold, or null for no solarization. */
  readonly solarize: number | null;
  /** The order of the four above; one that is not listed is left out. */
  readonly order: readonly ViewStage[];
}

/** Draws one view of an image of the given size. What is drawn does not depend on the order of the stages. */
export function drawView(
  image: Pick<Image, 'width' | 'height'>,
  crop: CropPolicy,
  policy: ViewPolicy,
  random: Random,
): ViewRecipe {
  const { colorJitter, blur } = policy;
  return {
    crop: drawCrop(image, crop, random),
    flip: random.bernoulli(policy.flip),
    jitter: random.bernoulli(colorJitter.probability) ? drawJitter(colorJitter, random) : [],
    grayscale: random.bernoulli(policy.grayscale),
    blurSigma: random.bernoulli(blur.probability) ? random.uniform(...blur.sigma) : null,
    solarize: random.bernoulli(policy.solarize.probability) ? policy.solarize.threshold : null,
    order: policy.order,
  };
}

function drawJitter(jitter: ViewPolicy['colorJitter'], random: Random): JitterStep[] {
  const around1 = (width: number): number => random.uniform(Math.max(0, 1 - width), 1 + width);
  const order = random.permutation(4);
  const steps: JitterStep[] = [
    { op: 'brightness', factor: around1(jitter.brightness) },
    { op: 'contrast', factor: around1(jitter.contrast) },
    { op: 'saturation', factor: around1(jitter.saturation) },
    { op: 'hue', factor: random.uniform(-jitter.hue, jitter.hue) },
  ];
  return Array.from(order, (i) => steps[i]!);
}
