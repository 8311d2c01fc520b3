import sharp from 'sharp';

/** A rectangle of the picture in pixels; `flip` mirrors it left to right. */
export interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
  flip: boolean;
}

/** A crop resized to a square. */
export interface View {
  size: number;
  /** RGB bytes, row by row. */
  pixels: Uint8Array;
  /** (x,y) of the centre of every patch, in pixels of the picture. */
  positions: number[][];
}

/** Two overlapping crops of a picture, one of them mirrored. */
export function twoCrops(width: number, height: number): [Crop, Crop] {
  const part = (fraction: number, of: number) => Math.round(fraction * of);
  return [
    { left: 0, top: 0, width: part(0.85, width), height: part(0.9, height), flip: false },
    {
      left: part(0.15, width),
      top: part(0.1, height),
      width: part(0.85, width),
      height: part(0.9, height),
      flip: true,
    },
  ];
}

/** Cuts a crop out of a picture; its patches form a square grid of `size / patchSize` to the side. */
export async function cutView(picture: Buffer | string, crop: Crop, size: number, patchSize: number): Promise<View> {
  const { left, top, width, height, flip } = crop;
  const pixels = await sharp(picture)
    .extract({ left, top, width, height })
    .resize(size, size, { fit: 'fill' })
    .flop(flip)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  const side = size / patchSize;
  const positions = Array.from({ length: side * side }, (_, n) => {
    const across = ((n % side) + 0.5) / side;
    return [left + width * (flip ? 1 - across : across), top + (height * (Math.floor(n / side) + 0.5)) / side];
  });
  return { size, pixels, positions };
}
