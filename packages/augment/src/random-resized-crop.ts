import type { Crop } from './crop.js';
import type { Image } from './image.js';
import type { CropPolicy } from './policy.js';
import type { Random } from './random.js';

const TRIES = 10;

/**
 * Draws a crop whose area is a random share of the image and whose aspect ratio is log-uniform. If ten draws do not fit into
 * the image, it is the largest centred crop with an allowed aspect ratio.
 */
export function drawCrop(image: Pick<Image, 'width' | 'height'>, policy: CropPolicy, random: Random): Crop {
  const [minRatio, maxRatio] = policy.ratio;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = image.width * image.height * random.uniform(...policy.scale);
    const ratio = Math.exp(random.uniform(Math.log(minRatio), Math.log(maxRatio)));
    const width = Math.round(Math.sqrt(area * ratio));
    const height = Math.round(Math.sqrt(area / ratio));
    if (width > 0 && width <= image.width && height > 0 && height <= image.height) {
      const top = random.int(image.height - height + 1);
      const left = random.int(image.width - width + 1);
      return { top, left, height, width };
    }
  }
  return centredCrop(image, policy);
}

function centredCrop(image: Pick<Image, 'width' | 'height'>, policy: CropPolicy): Crop {
  const [minRatio, maxRatio] = policy.ratio;
  const ratio = image.width / image.height;
  const height = ratio < minRatio ? Math.max(1, Math.round(image.width / minRatio)) : image.height;
  const width = ratio > maxRatio ? Math.max(1, Math.round(image.height * maxRatio)) : image.width;
  return {
    top: Math.floor((image.height - height) / 2),
    left: Math.floor((image.width - width) / 2),
    height,
    width,
  };
}
