import type { Random } from '@cribo/augment';

/** Red, green and blue, each 0 … 1. */
export type Colour = readonly [number, number, number];

/** A colour by hue (any number; whole turns do not matter), saturation and lightness, the latter two 0 … 1. */
function hsl(hue: number, saturation: number, lightness: number): Colour {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number): number => {
    const k = (n + (hue - Math.floor(hue)) * 12) % 12;
    return lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [channel(0), channel(8), channel(4)];
}

/** A dark and a light colour of about the same hue, in either order: the two colours of an object's pattern. */
export function drawPatternColours(random: Random, hue: number): readonly [Colour, Colour] {
  const near = () => hue + random.uniform(-0.1, 0.1);
  const dark = hsl(near(), random.uniform(0.4, 0.9), random.uniform(0.2, 0.36));
  const light = hsl(near(), random.uniform(0.4, 0.9), random.uniform(0.62, 0.82));
  return random.bernoulli(0.5) ? [dark, light] : [light, dark];
}

/** Two muted colours of similar hue, for a ground. */
export function drawGroundColours(random: Random, hues: readonly [number, number]): readonly [Colour, Colour] {
  const hue = random.uniform(...hues);
  const saturation = random.uniform(0.25, 0.5);
  const lightness = random.uniform(0.3, 0.62);
  return [
    hsl(hue, saturation, lightness),
    hsl(hue + random.uniform(-0.05, 0.05), saturation, lightness + random.uniform(0.12, 0.24)),
  ];
}
