import type { Random } from '@cribo/augment';

/** Red, green and blue, each 0 … 1. */
export type Colour = readonly [number, number, number];

/** A colour by hue, saturation and lightness, each 0 … 1. */
function hsl(hue: number, saturation: number, lightness: number): Colour {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number): number => {
    const k = (n + hue * 12) % 12;
    return lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [channel(0), channel(8), channel(4)];
}

/** A dark and a light colour of any hue, in either order: the two colours of an object's pattern. */
export function drawPatternColours(random: Random): readonly [Colour, Colour] {
  const dark = hsl(random.uniform(0, 1), random.uniform(0.3, 0.8), random.uniform(0.2, 0.38));
  const light = hsl(random.uniform(0, 1), random.uniform(0.3, 0.85), random.uniform(0.66, 0.86));
  return random.bernoulli(0.5) ? [dark, light] : [light, dark];
}

/** Two muted colours of similar hue, for a ground. */
export function drawGroundColours(random: Random): readonly [Colour, Colour] {
  const hue = random.uniform(0, 1);
  const saturation = random.uniform(0.1, 0.45);
  const lightness = random.uniform(0.3, 0.62);
  return [
    hsl(hue, saturation, lightness),
    hsl((hue + random.uniform(0.95, 1.05)) % 1, saturation, lightness + random.uniform(0.12, 0.24)),
  ];
}
