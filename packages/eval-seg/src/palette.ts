/** Red, green and blue of every label, 0 to 255. */
export type Palette = readonly (readonly [number, number, number])[];

/**
 * The 256 colours of Pascal VOC: the bits of the label, three at a time, become the high bits of red, green and blue.
 * Label 0 is black, 255 (void) is cream.
 */
export const vocPalette: Palette = Array.from({ length: 256 }, (_, label) => {
  const colour: [number, number, number] = [0, 0, 0];
  for (let bit = 0; bit < 8; bit++) {
    for (let channel = 0; channel < 3; channel++) {
      if ((label >> (bit * 3 + channel)) & 1) colour[channel]! |= 128 >> bit;
    }
  }
  return colour;
});
