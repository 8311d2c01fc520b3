// What is used of the browser's drawing interfaces. TypeScript declares them only together with the whole DOM, which
// code that also runs in Node and in workers must not see.

/** A decoded image that is not in reach of scripts yet. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  close(): void;
}

interface Canvas2D {
  drawImage(bitmap: Bitmap, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
}

export interface WebGl {
  readonly TEXTURE_2D: number;
  readonly MAX_TEXTURE_SIZE: number;
  readonly UNPACK_PREMULTIPLY_ALPHA_WEBGL: number;
  readonly UNPACK_COLORSPACE_CONVERSION_WEBGL: number;
  readonly NONE: number;
  readonly RGBA: number;
  readonly UNSIGNED_BYTE: number;
  readonly FRAMEBUFFER: number;
  readonly COLOR_ATTACHMENT0: number;
  getParameter(name: number): number;
  createTexture(): object;
  bindTexture(target: number, texture: object): void;
  pixelStorei(name: number, value: number | boolean): void;
  texImage2D(target: number, level: number, internal: number, format: number, type: number, source: Bitmap): void;
  createFramebuffer(): object;
  bindFramebuffer(target: number, framebuffer: object): void;
  framebufferTexture2D(target: number, attachment: number, textureTarget: number, texture: object, level: number): void;
  readPixels(
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    target: Uint8Array,
  ): void;
  getExtension(name: 'WEBGL_lose_context'): { loseContext(): void } | null;
}

interface Canvas {
  getContext(kind: '2d', options: { willReadFrequently: boolean }): Canvas2D | null;
  getContext(kind: 'webgl2'): WebGl | null;
}

/** The globals of pages and of web workers. */
export interface BrowserGlobals {
  createImageBitmap(
    source: Blob,
    options: { imageOrientation: 'from-image'; premultiplyAlpha: 'none'; colorSpaceConversion: 'default' },
  ): Promise<Bitmap>;
  readonly OffscreenCanvas: new (width: number, height: number) => Canvas;
}

export const browser = globalThis as unknown as BrowserGlobals;
