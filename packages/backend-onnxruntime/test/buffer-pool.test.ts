import { describe, expect, it } from 'vitest';
import { BufferPool } from '../src/buffer-pool.js';

const KIB = 1024;

describe('BufferPool', () => {
  it('gives back the smallest buffer that is large enough', () => {
    const pool = new BufferPool();
    const [exact, larger, largest] = [100, 110, 120].map((kib) => new ArrayBuffer(kib * KIB)) as [
      ArrayBuffer,
      ArrayBuffer,
      ArrayBuffer,
    ];
    for (const buffer of [largest, exact, larger]) pool.give(buffer);
    expect(pool.pooledBytes).toBe(330 * KIB);
    expect(pool.take(100 * KIB)).toBe(exact);
    expect(pool.take(100 * KIB)).toBe(larger);
    expect(pool.take(101 * KIB)).toBe(largest);
    expect(pool.pooledBytes).toBe(0);
    expect(pool.take(100 * KIB).byteLength).toBe(100 * KIB);
  });

  it('keeps buffers that are too small or more than a third too large', () => {
    const pool = new BufferPool();
    const [small, large] = [new ArrayBuffer(99 * KIB), new ArrayBuffer(134 * KIB)];
    pool.give(small);
    pool.give(large);
    expect(pool.take(100 * KIB).byteLength).toBe(100 * KIB);
    expect(pool.take(101 * KIB)).toBe(large);
    expect(pool.pooledBytes).toBe(99 * KIB);
  });

  it('drops what no run has taken for sixteen runs, and never holds small buffers', () => {
    const pool = new BufferPool();
    pool.give(new ArrayBuffer(KIB));
    expect(pool.pooledBytes).toBe(0);
    pool.give(new ArrayBuffer(100 * KIB));
    for (let run = 0; run < 16; run++) pool.endRun();
    expect(pool.pooledBytes).toBe(100 * KIB);
    pool.endRun();
    expect(pool.pooledBytes).toBe(0);
  });
});
