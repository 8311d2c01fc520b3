/** Buffers smaller than this come fresh from the JavaScript heap: allocating them costs less than looking them up. */
const SMALLEST_POOLED = 32 * 1024;
/** A free buffer that no run has taken for this many runs goes back to the system. */
const IDLE_RUNS = 16;

/** A free buffer may be larger than what is wanted by a third: a batch of 16 images leaves its own to one of 12. */
const LARGEST_EXCESS = 4 / 3;

interface Free {
  readonly buffer: ArrayBuffer;
  readonly since: number;
}

/**
 * Recycles the arrays that hold results. A fresh large array costs a page fault every 4 KiB when ONNX Runtime first
 * writes to it; training produces arrays of the same sizes at every step, so the arrays released by one step serve the
 * next. Buffers that stay unused for a few runs are dropped, which bounds the pool by what recent runs needed.
 */
export class BufferPool {
  private readonly free = new Map<number, Free[]>();
  private clock = 0;
  /** Bytes waiting for reuse. */
  pooledBytes = 0;

  /** A buffer of at least so many bytes, with whatever it was left with. */
  take(bytes: number): ArrayBuffer {
    const entry = bytes < SMALLEST_POOLED ? undefined : this.free.get(this.bestFit(bytes))?.pop();
    if (!entry) return new ArrayBuffer(bytes);
    this.pooledBytes -= entry.buffer.byteLength;
    return entry.buffer;
  }

  /** The smallest size of which there is a free buffer large enough, but not too large. */
  private bestFit(bytes: number): number {
    let best = Number.POSITIVE_INFINITY;
    for (const [size, stack] of this.free) if (size >= bytes && size < best && stack.length > 0) best = size;
    return best <= bytes * LARGEST_EXCESS ? best : bytes;
  }

  /** Accepts a buffer that nobody can see any more. */
  give(buffer: ArrayBuffer): void {
    const bytes = buffer.byteLength;
    if (bytes < SMALLEST_POOLED) return;
    let stack = this.free.get(bytes);
    if (!stack) {
      stack = [];
      this.free.set(bytes, stack);
    }
    stack.push({ buffer, since: this.clock });
    this.pooledBytes += bytes;
  }

  /** Counts a run and drops what has been idle for too long. */
  endRun(): void {
    this.clock++;
    for (const [bytes, stack] of this.free) {
      while (stack.length > 0 && stack[0]!.since < this.clock - IDLE_RUNS) {
        stack.shift();
        this.pooledBytes -= bytes;
      }
      if (stack.length === 0) this.free.delete(bytes);
    }
  }

  clear(): void {
    this.free.clear();
    this.pooledBytes = 0;
  }
}
