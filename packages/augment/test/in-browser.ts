// What the page of browser.test.ts loads: the package, within reach of `page.evaluate`.
import { decodeImage } from '../src/browser.js';
import { twoViews } from '../src/index.js';
import { kernels } from '../src/simd/kernels.js';
import { fixedRandom } from './pictures.js';

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

export const augment = {
  /** Width, height and pixels of an encoded image. */
  async decode(base64: string, options: { maxPixels?: number; name?: string } = {}) {
    const { width, height, data } = await decodeImage(bytesOf(base64), options);
    return { width, height, data: Array.from(data) };
  },
  /** The sentence that refuses a source. */
  async refusal(source: string, options: { maxPixels?: number; name?: string; address?: boolean } = {}) {
    const { address = false, ...rest } = options;
    return decodeImage(address ? source : bytesOf(source), rest).then(
      () => 'decoded',
      (error: Error) => error.message,
    );
  },
  /** Both views of an encoded image, and whether the kernels made them. */
  async views(base64: string, size: number, share: number) {
    const image = await decodeImage(new Blob([bytesOf(base64)]));
    const { views } = twoViews(image, { size, patchSize: 8 }, fixedRandom(share));
    return { views: views.map((view) => Array.from(view)), simd: kernels() !== undefined };
  },
};

Object.assign(globalThis, { augment });
