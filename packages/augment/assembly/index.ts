// SIMD kernels for one view, compiled to WebAssembly: the same integer arithmetic as the functions of ../src, sixteen
// bytes at a time. The host lays out the memory and calls them one after another (../src/simd/view-pipeline.ts).
//
// A view is planar: all red, then all green, then all blue bytes. Rows are `stride` bytes long, the width rounded up to
// whole vectors, so no loop needs a remainder; what lies beyond the width is never read back.

export { blend, saturation } from './blend';
export { blurColumns, blurRows } from './blur';
export { hue } from './hue';
export { grayscale, lumaSum } from './luma';
export { toBytes, toFloats } from './pack';
export { resizeColumns, resizeRows } from './resize';
export { solarize } from './solarize';
