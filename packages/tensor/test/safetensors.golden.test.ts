import { readSafetensors, writeSafetensors } from '@cribo/tensor';
import { expect, it } from 'vitest';
import { describeGolden } from '../../../test-support/golden.js';

// Between them: float32, int32, bool and uint8, empty metadata, hundreds of names.
for (const name of ['sinkhorn', 'joint-clustering-n49', 'augment', 'knn-miou', 'train-steps']) {
  describeGolden(name, (golden) => {
    it('reads every tensor as large as its shape', () => {
      expect(golden.keys.length).toBeGreaterThan(0);
      for (const key of golden.keys) {
        const { shape, data } = golden.host(key);
        expect(data.length, key).toBe(shape.reduce((product, n) => product * n, 1));
      }
    });

    it('keeps every byte through writing and reading', () => {
      const { tensors } = readSafetensors(
        writeSafetensors(Object.fromEntries(golden.keys.map((k) => [k, golden.host(k)]))),
      );
      expect([...tensors.keys()].sort()).toEqual([...golden.keys].sort());
      for (const [key, { dtype, shape, data }] of tensors) {
        const original = golden.host(key);
        expect([dtype, shape], key).toEqual([original.dtype, original.shape]);
        expect(Buffer.compare(bytesOf(data), bytesOf(original.data)), key).toBe(0);
      }
    });
  });
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
