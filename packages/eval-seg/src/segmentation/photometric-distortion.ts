import type { Image } from '@cribo/augment';
import type { Generator } from '@cribo/tensor';

/** What one image undergoes, in this order; `undefined` where a stage is left out. */
export interface Distortion {
  /** Added to every value, -32 … 32. */
  readonly brightness: number | undefined;
  /** Factor of every value, 0.5 … 1.5. */
  readonly contrast: number | undefined;
  /** Contrast comes before saturation and hue, not after them. */
  readonly contrastFirst: boolean;
  /** Factor of the saturation of HSV, 0.5 … 1.5. */
  readonly saturation: number | undefined;
  /** Degrees added to the hue, -36 … 36. */
  readonly hue: number | undefined;
}

/** mmsegmentation's `PhotoMetricDistortion`: every stage with probability 1/2, contrast at either place. */
export function drawDistortion(rng: Generator): Distortion {
  const half = (low: number, high: number) => (rng.bernoulli(0.5) ? rng.uniform(low, high) : undefined);
  return {
    brightness: half(-32, 32),
    contrastFirst: rng.bernoulli(0.5),
    contrast: half(0.5, 1.5),
    saturation: half(0.5, 1.5),
    hue: half(-36, 36),
  };
}

/**
 * The distorted image. Values are cut to whole bytes after every stage; hue, saturation and value are not, which OpenCV rounds to
 * bytes as well.
 */
export function distort(image: Image, distortion: Distortion): Image {
  const { brightness, contrast, contrastFirst } = distortion;
  let result = image;
  if (brightness !== undefined) result = mapped(result, (value) => value + brightness);
  if (contrast !== undefined && contrastFirst) result = mapped(result, (value) => value * contrast);
  result = distortColours(result, distortion);
  if (contrast !== undefined && !contrastFirst) result = mapped(result, (value) => value * contrast);
  return result;
}

/** `change` of every value, cut to 0 … 255. */
function mapped(image: Image, change: (value: number) => number): Image {
  const table = Uint8Array.from({ length: 256 }, (_, value) => Math.max(0, Math.min(255, change(value))));
  return { ...image, data: image.data.map((value) => table[value]!) };
}

function distortColours(image: Image, { saturation, hue }: Distortion): Image {
  if (saturation === undefined && hue === undefined) return image;
  const data = new Uint8Array(image.data.length);
  const shift = (hue ?? 0) / 60;
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [image.data[i]!, image.data[i + 1]!, image.data[i + 2]!];
    const value = Math.max(r, g, b);
    const range = value - Math.min(r, g, b);
    const sector = hueSector(r, g, b, value, range) + shift;
    // The saturation is range / value, so that the range changes with it and cannot exceed the value.
    const chroma = Math.min(value, range * (saturation ?? 1));
    data[i] = channel(value, chroma, sector + 5);
    data[i + 1] = channel(value, chroma, sector + 3);
    data[i + 2] = channel(value, chroma, sector + 1);
  }
  return { ...image, data };
}

/** The hue in sixths of the circle, -1 … 5; 0 for grays. */
function hueSector(r: number, g: number, b: number, value: number, range: number): number {
  if (range === 0) return 0;
  if (value === r) return (g - b) / range;
  if (value === g) return 2 + (b - r) / range;
  return 4 + (r - g) / range;
}

/** Value minus the share of the chroma that a channel lacks `turn` sixths of the circle on, rounded to a byte. */
function channel(value: number, chroma: number, turn: number): number {
  const k = ((turn % 6) + 6) % 6;
  return value - chroma * Math.max(0, Math.min(k, 4 - k, 1)) + 0.5;
}
