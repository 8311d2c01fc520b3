import { type AugmentPolicy, paperPolicy } from '@cribo/augment';
import type { Config } from './config/schema.js';

/** The augmentation policy that the `views` section of a configuration describes. */
export function viewPolicy({ views }: Config): AugmentPolicy {
  const { flip, grayscale, brightness, contrast, saturation, hue, blurSigma } = views;
  const view = (index: 0 | 1) => ({
    flip,
    colorJitter: { probability: views.colorJitter, brightness, contrast, saturation, hue },
    grayscale,
    blur: { probability: views.blur[index], sigma: blurSigma },
    solarize: { ...paperPolicy.views[index].solarize, probability: views.solarize[index] },
    order: paperPolicy.views[index].order,
  });
  return { ...paperPolicy, crop: { ...paperPolicy.crop, scale: views.cropScale }, views: [view(0), view(1)] };
}
