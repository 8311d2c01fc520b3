import { describe, expect, it } from 'vitest';
import { BufferPool } from '../src/buffer-pool.js';
import { DeviceInputs } from '../src/device-inputs.js';
import { Graph } from '../src/graph.js';
import type { DeviceArray, OrtData } from '../src/ort.js';

/** A device that notes what comes and goes. */
function deviceOf(uploads: OrtData[], alive: Set<DeviceArray>) {
  return {
    async upload(_type: string, data: OrtData) {
      uploads.push(data.slice());
      const array: DeviceArray = {
        data: undefined,
        read: async (into) => into.set(data),
        release: () => void alive.delete(array),
      };
      alive.add(array);
      return array;
    },
    bytes: 0,
    dispose: async () => {},
  };
}

function setUp() {
  const uploads: OrtData[] = [];
  const alive = new Set<DeviceArray>();
  const pool = new BufferPool();
  const graph = new Graph(pool);
  const inputs = new DeviceInputs(deviceOf(uploads, alive), pool);
  const number = (x: number, shape: number[] = []) => graph.host(Float32Array.of(x), 'float32', shape);
  return { uploads, alive, pool, graph, inputs, number };
}

describe('inputs of a device', () => {
  it('move there once, large arrays for good and with their place on the host given back', async () => {
    const { uploads, alive, pool, graph, inputs } = setUp();
    const value = graph.host(new Float32Array(10_000).fill(2), 'float32', [100, 100]);
    const array = await inputs.get(value);
    expect(await inputs.get(value)).toBe(array);
    expect(uploads).toEqual([new Float32Array(10_000).fill(2)]);
    expect(value.host).toBeNull();
    expect(value.device).toBe(array);
    expect(pool.pooledBytes).toBe(40_000);
    for (let run = 0; run < 50; run++) inputs.endRun();
    expect(alive.size).toBe(1);
  });

  it('go along from the host where they are small', async () => {
    const { uploads, graph, inputs } = setUp();
    const value = graph.host(Float32Array.of(1, 2), 'float32', [2]);
    expect(await inputs.get(value)).toBeNull();
    expect(uploads).toEqual([]);
    expect(value.host).toEqual(Float32Array.of(1, 2));
  });

  it('are moved once for all values that hold the same number in the same shape', async () => {
    const { uploads, inputs, number, graph } = setUp();
    const first = await inputs.get(number(0.1));
    expect(await inputs.get(number(0.1))).toBe(first);
    const others = [number(0.1, [1, 1]), number(0), number(-0), graph.host(Int32Array.of(0), 'int32', [])];
    const arrays = await Promise.all([number(Number.NaN), ...others].map((value) => inputs.get(value)));
    expect(new Set([first, ...arrays]).size).toBe(6);
    expect(await inputs.get(number(Number.NaN))).toBe(arrays[0]);
    expect(uploads).toHaveLength(6);
  });

  it('leave the device when they are numbers that no run has taken for a while', async () => {
    const { alive, inputs, number } = setUp();
    const [used] = [await inputs.get(number(1)), await inputs.get(number(2))];
    for (let run = 0; run < 20; run++) {
      await inputs.get(number(1));
      inputs.endRun();
    }
    expect([...alive]).toEqual([used]);
  });
});
