import { fromHost, type HostTensor, type LazyHostTensor, lazyHost, type Params } from '@cribo/tensor';

/**
 * Parameters in host memory under the layout of timm and DINO checkpoints: linear weights `[out, in]`, the patch
 * projection `[d, 3, p, p]`. Names stay as they are, with any prefix.
 */
export async function toStateDict(params: Params): Promise<Map<string, HostTensor>> {
  const dict = new Map<string, HostTensor>();
  for (const [name, { dtype, shape, read }] of Object.entries(lazyStateDict(params))) {
    dict.set(name, { dtype, shape, data: await read() });
  }
  return dict;
}

/** The same as {@link toStateDict}, but every parameter is read, and laid out anew, when it is asked for. */
export function lazyStateDict(params: Params): Record<string, LazyHostTensor> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const host = lazyHost(value);
      const shape = exportedShape(name, host.shape);
      const read = async () => exported(name, { ...host, data: await host.read() }).data;
      return [name, { dtype: host.dtype, shape, read }];
    }),
  );
}

/**
 * Parameters from a timm or DINO state dict, the inverse of {@link toStateDict}.
 *
 * @param expected parameters of the wanted network; names and shapes must be exactly these
 * @throws Error of one sentence for the first name that is missing, unexpected, or of another shape
 */
export function fromStateDict(dict: ReadonlyMap<string, HostTensor>, expected: Params): Params {
  const hosts: [string, HostTensor][] = [];
  for (const [name, wanted] of Object.entries(expected)) {
    const found = dict.get(name);
    if (found === undefined) {
      throw new Error(
        `state dict: got no "${name}", wanted it with shape ${shapeText(exportedShape(name, wanted.shape))}`,
      );
    }
    const shape = exportedShape(name, wanted.shape);
    if (found.shape.join() !== shape.join()) {
      throw new Error(
        `state dict: got "${name}" with shape ${shapeText(found.shape)}, wanted ${shapeText(shape)}; the checkpoint is of another architecture`,
      );
    }
    hosts.push([name, found]);
  }
  for (const name of dict.keys()) {
    if (!Object.hasOwn(expected, name)) {
      throw new Error(
        `state dict: got "${name}", which the network does not have; the checkpoint is of another architecture`,
      );
    }
  }
  return Object.fromEntries(hosts.map(([name, host]) => [name, fromHost(imported(name, host))]));
}

const shapeText = (shape: readonly number[]) => `[${shape.join(', ')}]`;

const isPatchProjection = (name: string) => name.endsWith('patch_embed.proj.weight');
/** Matrices that are stored transposed; embeddings have rank 3, gains [out, 1] keep their layout. */
const isLinear = (name: string, rank: number) => rank === 2 && /\.weight(_v)?$/.test(name) && !isPatchProjection(name);

function exportedShape(name: string, shape: readonly number[]): number[] {
  if (isPatchProjection(name)) {
    const [inputs, dim] = shape as [number, number];
    const patch = Math.sqrt(inputs / 3);
    return [dim, 3, patch, patch];
  }
  return isLinear(name, shape.length) ? [shape[1]!, shape[0]!] : [...shape];
}

function exported(name: string, host: HostTensor): HostTensor {
  const shape = exportedShape(name, host.shape);
  if (isPatchProjection(name)) return { ...host, shape, data: permutePatchProjection(host.data, shape, 'out') };
  if (!isLinear(name, host.shape.length)) return host;
  return { ...host, shape, data: transposed(host.data, host.shape as [number, number]) };
}

function imported(name: string, host: HostTensor): HostTensor {
  if (isPatchProjection(name)) {
    const [dim, , patch] = host.shape as [number, number, number, number];
    return { ...host, shape: [patch * patch * 3, dim], data: permutePatchProjection(host.data, host.shape, 'in') };
  }
  if (!isLinear(name, host.shape.length)) return host;
  const [rows, columns] = host.shape as [number, number];
  return { ...host, shape: [columns, rows], data: transposed(host.data, [rows, columns]) };
}

type Data = HostTensor['data'];

function transposed(data: Data, [rows, columns]: [number, number]): Data {
  const result = data.slice();
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c]!;
  }
  return result;
}

/** Between [d, 3, p, p] (`out`) and rows (y, x, channel) by d (`in`); `shape` is the former. */
function permutePatchProjection(data: Data, shape: readonly number[], direction: 'in' | 'out'): Data {
  const [dim, channels, patch] = shape as [number, number, number];
  const result = data.slice();
  for (let d = 0; d < dim; d++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < patch * patch; pixel++) {
        const conv = (d * channels + channel) * patch * patch + pixel;
        const row = (pixel * channels + channel) * dim + d;
        if (direction === 'in') result[row] = data[conv]!;
        else result[conv] = data[row]!;
      }
    }
  }
  return result;
}
