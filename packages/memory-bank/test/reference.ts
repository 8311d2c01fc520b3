/** Memory banks in plain loops and float64, to compare with. Vectors are indexed [view][image][object]. */
export interface StoredImage {
  /** [view][object][d] */
  objects: number[][][];
  valid: boolean[];
}

export interface Found {
  packedIndex: number;
  similarity: number;
  cycle: boolean;
  own: number[];
  jump: number[];
}

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const unit = (a: number[]) => a.map((x) => x / Math.max(Math.sqrt(dot(a, a)), 1e-12));

/** What object `k` of image `b` of the batch finds from `view` in the bank, newest image first; undefined if nothing. */
export function search(
  bank: StoredImage[],
  batch: StoredImage[],
  view: number,
  b: number,
  k: number,
  cosine = true,
): Found | undefined {
  if (!batch[b]!.valid[k]) return undefined;
  const rows = bank.flatMap(({ objects, valid }) =>
    valid.flatMap((isObject, i) => (isObject ? [{ own: objects[view]![i]!, jump: objects[1 - view]![i]! }] : [])),
  );
  if (rows.length === 0) return undefined;
  const query = unit(batch[b]!.objects[view]![k]!);
  const packedIndex = argMax(rows.map(({ own }) => dot(query, cosine ? unit(own) : own)));
  const { own, jump } = rows[packedIndex]!;
  const candidates = batch.flatMap(({ objects, valid }, image) =>
    valid.flatMap((isObject, i) => (isObject ? [{ image, i, vector: unit(objects[1 - view]![i]!) }] : [])),
  );
  const back = candidates[argMax(candidates.map(({ vector }) => dot(jump, vector)))]!;
  const similarity = dot(query, cosine ? unit(own) : own);
  return { packedIndex, similarity, cycle: back.image === b && back.i === k, own, jump };
}

/** The bank after a batch: new images in front in batch order, at most `capacity`. */
export function update(bank: StoredImage[], batch: StoredImage[], capacity: number): StoredImage[] {
  return [...batch, ...bank].slice(0, capacity);
}

function argMax(values: number[]): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}
