import type { BufferPool } from './buffer-pool.js';
import type { DeviceArray, OrtDevice, OrtType } from './ort.js';
import type { Value } from './value.js';

/** Arrays up to this size are handed to every run that takes them instead of being moved to the device. */
const SMALL_BYTES = 4096;
/** A number that no run has taken for this many runs leaves the device. */
const IDLE_RUNS = 16;

interface Kept {
  readonly array: DeviceArray;
  lastRun: number;
}

/**
 * Brings what graphs take from the host to a device: arrays for good, numbers by their value. An optimizer hands the same
 * few numbers to hundreds of operators at every step, each as an input of its own; to move every one of them would take
 * longer than the arithmetic.
 */
export class DeviceInputs {
  private readonly numbers = new Map<string, Kept>();
  private run = 0;

  constructor(
    private readonly device: OrtDevice,
    private readonly pool: BufferPool,
  ) {}

  /** A value on the device; null for one that is to go along from the host. */
  async get(value: Value): Promise<DeviceArray | null> {
    if (!value.host) return value.device;
    if (value.size === 1) return this.number(value);
    return value.bytes <= SMALL_BYTES ? null : this.move(value);
  }

  /** Counts a run and releases the numbers that have been idle for too long. */
  endRun(): void {
    this.run++;
    for (const [key, { array, lastRun }] of this.numbers) {
      if (lastRun >= this.run - IDLE_RUNS) continue;
      array.release();
      this.numbers.delete(key);
    }
  }

  private async number(value: Value): Promise<DeviceArray> {
    const number = value.host![0]!;
    const key = `${value.type}[${value.shape}]${Object.is(number, -0) ? '-0' : number}`;
    const kept = this.numbers.get(key) ?? { array: await this.upload(value), lastRun: this.run };
    kept.lastRun = this.run;
    this.numbers.set(key, kept);
    return kept.array;
  }

  private async move(value: Value): Promise<DeviceArray> {
    value.device = await this.upload(value);
    this.pool.give(value.host!.buffer as ArrayBuffer);
    value.host = null;
    value.ort = null;
    return value.device;
  }

  private upload({ type, host, shape }: Value): Promise<DeviceArray> {
    return this.device.upload(type as OrtType, host!, shape);
  }
}
