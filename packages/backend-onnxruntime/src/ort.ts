/**
 * The part of ONNX Runtime's JavaScript API that this package uses. `onnxruntime-node` and `onnxruntime-web` both
 * satisfy it, so either can be injected and neither is imported statically.
 */
export type OrtData = Float32Array | Uint16Array | Int32Array | Uint8Array;

/** Element types that cross the border between JavaScript and a session. float16 does so as its bits. */
export type OrtType = 'float32' | 'float16' | 'int32' | 'bool';

/** A host tensor as ONNX Runtime sees it. */
export interface OrtTensor {
  readonly data: unknown;
}

/** An array in the memory of a device. Sessions of the module that it comes from take it as input. */
export interface DeviceArray extends OrtTensor {
  /** Copies the elements to the host. */
  read(into: OrtData): Promise<void>;
  release(): void;
}

/** A result that a session shall leave on the device. */
export interface DeviceResult {
  readonly type: OrtType;
  readonly dims: readonly number[];
}

/** Memory that is not the host's. */
export interface OrtDevice {
  upload(type: OrtType, data: OrtData, dims: readonly number[]): Promise<DeviceArray>;
  /** Of the arrays that have not been released. */
  readonly bytes: number;
  /** Releases all arrays. */
  dispose(): Promise<void>;
}

/** A compiled graph. */
export interface OrtSession {
  /** Where the module has a device, a fetch may be a {@link DeviceResult}; a {@link DeviceArray} stands in its place then. */
  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor | DeviceResult>,
    options?: object,
  ): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** The module object of `onnxruntime-node` or `onnxruntime-web`. */
export interface OrtModule {
  /** Whether sessions share the memory of intermediate results, and write results to the arrays they are given. */
  readonly sharesMemory?: boolean;
  /** Set where results can stay on the device that computed them. */
  readonly device?: OrtDevice;
  readonly InferenceSession: { create(model: Uint8Array, options?: object): Promise<OrtSession> };
  readonly Tensor: new (type: OrtType, data: OrtData, dims: readonly number[]) => OrtTensor;
}

/**
 * Loads `onnxruntime-node` at run time.
 *
 * @throws Error with the install command when the package is not installed.
 */
export async function loadOnnxRuntimeNode(): Promise<OrtModule> {
  const name = 'onnxruntime-node';
  try {
    const module = (await import(/* @vite-ignore */ name)) as { default?: OrtModule } & OrtModule;
    return module.default ?? module;
  } catch (cause) {
    throw new Error(
      "The onnxruntime backend needs the package 'onnxruntime-node' (npm install onnxruntime-node) or another " +
        'ONNX Runtime module passed as `ort`.',
      { cause },
    );
  }
}
