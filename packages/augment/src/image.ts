/** An 8-bit RGB image: `data` holds `height * width * 3` values, row by row, three channels per pixel. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A black image of the given size. */
export function emptyImage(width: number, height: number): Image {
  return { width, height, data: new Uint8Array(width * height * 3) };
}

/**
 * Checks that the sizes of an image are positive integers and that `data` has the length they ask for.
 * @throws Error naming `argument`, what it got and what it wanted.
 */
export function checkImage(argument: string, image: Image): void {
  const { width, height, data } = image;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new Error(`${argument}: got ${width} x ${height} pixels, wanted a positive whole width and height`);
  }
  if (data.length !== width * height * 3) {
    throw new Error(
      `${argument}: got ${data.length} values for ${width} x ${height} pixels, wanted ${width * height * 3} (RGB)`,
    );
  }
}
