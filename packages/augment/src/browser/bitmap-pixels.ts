import type { Image } from '../image.js';
import { type Bitmap, browser } from './canvas-types.js';

/**
 * The RGB pixels of a bitmap, transparency dropped.
 * @throws Error if a transparent bitmap cannot be read without damage.
 */
export function bitmapPixels(bitmap: Bitmap): Image {
  const { width, height } = bitmap;
  let rgba: ArrayLike<number> = throughCanvas(bitmap);
  // A canvas multiplies colours by their opacity, and what is rounded there is lost: only opaque images come out whole.
  if (!isOpaque(rgba)) rgba = throughTexture(bitmap);
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from]!;
    data[to + 1] = rgba[from + 1]!;
    data[to + 2] = rgba[from + 2]!;
  }
  return { width, height, data };
}

function isOpaque(rgba: ArrayLike<number>): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

function throughCanvas(bitmap: Bitmap): Uint8ClampedArray {
  const { width, height } = bitmap;
  // Kept in main memory, where drawing copies the bytes as they are.
  const context = new browser.OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no 2d canvas');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height).data;
}

/** Textures hold colours and opacity side by side. */
function throughTexture(bitmap: Bitmap): Uint8Array {
  const { width, height } = bitmap;
  const gl = new browser.OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) throw new Error('it is transparent, which takes WebGL to read');
  const longest = gl.getParameter(gl.MAX_TEXTURE_SIZE);
  if (Math.max(width, height) > longest) {
    throw new Error(
      `it is transparent and ${width} x ${height} pixels large, which WebGL reads up to ${longest} a side`,
    );
  }
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const rgba = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  // Browsers keep only a few of these contexts, and would end one that is still used by the page.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return rgba;
}
