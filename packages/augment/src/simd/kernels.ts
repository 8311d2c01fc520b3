import { kernelBytes } from './kernels.generated.js';

/** The kernels of ../../assembly; arguments are addresses and sizes in bytes, unless they say otherwise. */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  resizeRows(
    source: number,
    sourceStride: number,
    rows: number,
    target: number,
    targetPlane: number,
    targetStride: number,
    width: number,
    starts: number,
    weights: number,
    pairs: number,
  ): void;
  resizeColumns(
    source: number,
    sourcePlane: number,
    target: number,
    targetPlane: number,
    stride: number,
    height: number,
    starts: number,
    weights: number,
    pairs: number,
  ): void;
  blend(image: number, bytes: number, from: number, factor: number): void;
  saturation(image: number, plane: number, factor: number): void;
  hue(image: number, plane: number, shift: number): void;
  lumaSum(image: number, plane: number, stride: number, width: number, height: number): number;
  grayscale(image: number, plane: number): void;
  blurRows(
    image: number,
    rows: number,
    stride: number,
    width: number,
    scratch: number,
    reach: number,
    weight: number,
    edge: number,
  ): void;
  blurColumns(
    from: number,
    to: number,
    stride: number,
    height: number,
    reach: number,
    weight: number,
    edge: number,
  ): void;
  solarize(image: number, bytes: number, threshold: number): void;
  toBytes(image: number, plane: number, stride: number, width: number, height: number, target: number): void;
  toFloats(
    image: number,
    plane: number,
    stride: number,
    width: number,
    height: number,
    tables: number,
    target: number,
  ): void;
}

/** What is used of WebAssembly, which TypeScript only declares together with a browser's whole DOM. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

let started: Kernels | undefined | null = null;

/**
 * The kernels, compiled at the first call (about a millisecond), one memory per thread; undefined where WebAssembly or
 * its SIMD instructions are missing, or a page's security policy forbids them.
 */
export function kernels(): Kernels | undefined {
  if (started === null) started = start();
  return started;
}

function start(): Kernels | undefined {
  const { WebAssembly } = globalThis as unknown as { WebAssembly?: WebAssemblyApi };
  if (WebAssembly === undefined) return undefined;
  try {
    const module = new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (character) => character.charCodeAt(0)));
    return new WebAssembly.Instance(module).exports as Kernels;
  } catch {
    return undefined;
  }
}
