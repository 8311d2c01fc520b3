import { basename, dirname } from 'node:path';
import { backendStatus, type Config } from '@cribo/trainer';
import { type Environment, environment } from '../environment.js';
import { stepCost, totalCost } from '../figures/cost-model.js';
import { median } from '../figures/median.js';
import { inOwnProcess, MeasurementFailed } from '../measure/own-process.js';
import { medianRunMs, type StepMeasurement } from '../measure/step.js';

export interface BackendRow {
  name: string;
  description: string;
  /** Absent where nothing was measured. */
  figures?: BackendFigures;
  /** Why nothing was measured, or what has to be known about the figures. */
  note?: string;
}

export interface BackendFigures {
  /** Median milliseconds of the step, compiling left out. */
  stepMs: number;
  imagesPerSecond: number;
  /** Rate of the step's matrix products, that of a plain product, and the ratio of both. */
  gflops: number;
  matMulGflops: number;
  share: number;
  peakRssMiB: number;
  /** The first step, compiling included. */
  firstStepMs: number;
}

export interface BackendsBench extends Environment {
  config: Config;
  steps: number;
  warmup: number;
  /** Matrix products of a step. */
  gflop: number;
  backends: BackendRow[];
}

export interface BackendsOptions {
  /** Settings of a backend's run. */
  configFor(backend: string): Promise<Config>;
  steps: number;
  warmup: number;
  /** How long one backend may take. */
  limitSeconds: number;
  onRow(row: BackendRow): void;
}

/** The same step on every backend that can be named here, each in a process of its own. */
export async function benchBackends(options: BackendsOptions): Promise<BackendsBench> {
  const { configFor, steps, warmup, onRow } = options;
  const list = backendStatus();
  const config = await configFor(list[0]!.name);
  const backends: BackendRow[] = [];
  for (const { name, description, missing } of list) {
    const measured =
      missing.length > 0
        ? { note: `not installed: ${missing.join(', ')}` }
        : await measureBackend(name, await configFor(name), options);
    const row = { name, description, ...measured };
    backends.push(row);
    onRow(row);
  }
  return { ...environment(), config, steps, warmup, gflop: totalCost(stepCost(config)) / 1e9, backends };
}

async function measureBackend(
  name: string,
  config: Config,
  { steps, warmup, limitSeconds }: BackendsOptions,
): Promise<Pick<BackendRow, 'figures' | 'note'>> {
  const driver = name.includes('webgpu') ? vulkanDriver(process.env) : undefined;
  const how = { environment: driver?.environment ?? {}, limitSeconds };
  try {
    await inOwnProcess('nothing', { backend: config.backend }, how);
  } catch (error) {
    const gpu = /webgpu|cuda|gpu/.test(name);
    return { note: `not measured: ${gpu ? 'no GPU that it can use; ' : ''}${messageOf(error)}` };
  }
  try {
    const measured = await inOwnProcess('step', { config, steps, warmup }, how);
    return { figures: figuresOf(measured, config, warmup), ...(driver && { note: driver.note }) };
  } catch (error) {
    return { note: [`not measured: ${messageOf(error)}`, driver?.note].filter(Boolean).join('; ') };
  }
}

function figuresOf(measured: StepMeasurement, config: Config, warmup: number): BackendFigures {
  const { ms, objects, matMulGflops, peakRssMiB } = measured;
  const stepMs = medianRunMs(measured, warmup);
  const gflops = totalCost(stepCost(config, median(objects))) / stepMs / 1e6;
  return {
    stepMs,
    imagesPerSecond: (1000 * config.training.batchSize) / stepMs,
    gflops,
    matMulGflops,
    share: gflops / matMulGflops,
    peakRssMiB,
    firstStepMs: ms[0]!,
  };
}

/** Names of drivers that compute on the CPU: SwiftShader, and Mesa's lavapipe. */
const software = /swiftshader|lvp|lavapipe|llvmpipe/;

/**
 * The Vulkan driver that the environment names, for backends on WebGPU: without one they take what the system has. The folder
 * of the driver is searched for libraries, since Chromium keeps a Vulkan loader beside its driver.
 */
export function vulkanDriver(
  env: Record<string, string | undefined>,
): { environment: Record<string, string>; note: string } | undefined {
  const driver = env.VK_ICD_FILENAMES;
  if (!driver) return undefined;
  const libraries = [env.LD_LIBRARY_PATH, dirname(driver)].filter(Boolean).join(':');
  const kind = software.test(driver) ? 'software Vulkan, computes on the CPU' : 'Vulkan driver';
  return { environment: { LD_LIBRARY_PATH: libraries }, note: `${kind}: ${basename(driver)}` };
}

function messageOf(error: unknown): string {
  if (!(error instanceof MeasurementFailed)) throw error;
  // ONNX Runtime names the line of its source and the condition before it says what is wrong.
  return error.message.replace(/\S*onnxruntime_src.* was false\. /, '');
}
