import type { Kernels } from './kernels.js';

/** The memory of the kernels never grows beyond this, 64 MiB; larger views are made without them. */
const LIMIT = 2 ** 26;
/** Vectors may read and write, but never use, a little beyond what they need. */
const SLACK = 64;
const PAGE = 65536;

export const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Hands out the memory of the kernels, one piece after the other; every view begins at the start. */
export class Arena {
  #end = 0;

  /** The address of the next `bytes` bytes, a multiple of 16. */
  place(bytes: number): number {
    const at = this.#end;
    this.#end = roundUp(at + bytes + SLACK, 16);
    return at;
  }

  /** Whether all that was placed may be had. */
  get fits(): boolean {
    return this.#end <= LIMIT;
  }

  /** Lets the memory grow to what was placed. It never shrinks. */
  reserveIn({ memory }: Kernels): void {
    const missing = this.#end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  }
}
