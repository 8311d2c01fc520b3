import { paperPolicy } from '@cribo/augment';
import { createLoader, machine, openImages } from '@cribo/trainer';

export interface LoaderBench {
  /** The photos: whatever `openImages` takes, for example a list of Pascal VOC. */
  source: string;
  /** Images to load, over as many epochs as that takes. */
  images: number;
  batchSize: number;
  /** Threads that load; 0 loads in the main thread. */
  workers: number;
  prefetch: number;
  cacheMegabytes: number;
}

/**
 * The trainer's loader alone: two views of 224 px of every photo by the paper's policy. Rates per second of wall time and
 * per second of processor time (of the whole process, all threads), and the memory along the run. Starting the threads is
 * not counted.
 */
export async function benchLoader({ source, images, ...settings }: LoaderBench) {
  const { entries, description } = await openImages(source);
  const loader = createLoader({
    ...settings,
    entries,
    viewSize: 224,
    patchSize: 16,
    policy: paperPolicy,
    seed: 0,
    maxMegapixels: 100,
    strict: true,
    maxUnreadable: 0,
  });
  const rssMiB: number[] = [];
  let loaded = -settings.batchSize;
  let began = { wall: 0, cpu: process.cpuUsage() };
  let measured = { wall: 0, cpu: began.cpu };
  try {
    for (let epoch = 0; loaded < images; epoch++) {
      for await (const { files } of loader.epoch(epoch)) {
        loaded += files.length;
        // The first batch shows that all threads are up.
        if (loaded === 0) began = { wall: performance.now(), cpu: process.cpuUsage() };
        while (loaded >= (images * (rssMiB.length + 1)) / 4)
          rssMiB.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
        if (loaded >= images) break;
      }
    }
    measured = { wall: performance.now() - began.wall, cpu: process.cpuUsage(began.cpu) };
  } finally {
    await loader.close();
  }
  const seconds = measured.wall / 1000;
  const cpuSeconds = (measured.cpu.user + measured.cpu.system) / 1e6;
  return {
    machine: { ...machine(), node: process.version },
    source: description,
    settings: { ...settings, images: loaded, viewSize: 224 },
    imagesPerSecond: loaded / seconds,
    imagesPerCoreSecond: loaded / cpuSeconds,
    /** Resident memory at 25, 50, 75 and 100 % of the run. */
    rssMiB,
  };
}
