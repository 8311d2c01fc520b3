import { checkShape, fromHost, type HostTensor, type Params, toHost, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { expectClose } from './numeric.js';

onBackends(['cpu', 'onnxruntime'], () => {
  describe('valueAndGrads', () => {
    it('gives loss, gradients by name and aux, and disposes of the rest', async () => {
      const params: Params = { a: tf.tensor1d([1, 2]), b: tf.tensor1d([3, 4]) };
      const before = tf.memory().numTensors;
      const { value, grads, aux } = valueAndGrads(({ a, b }) => {
        const product = tf.mul(a!, b!);
        return { loss: tf.sum(tf.square(product)), aux: { product } };
      }, params);
      expect(tf.memory().numTensors - before).toBe(4);
      await expectClose(value, [9 + 64], 1e-6);
      await expectClose(aux.product, [3, 8], 1e-6);
      await expectClose(grads.a!, [2 * 3 * 3, 2 * 8 * 4], 1e-6);
      await expectClose(grads.b!, [2 * 3 * 1, 2 * 8 * 2], 1e-6);
      tf.dispose([value, grads, aux]);
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose(params);
    });

    it('leaves out parameters the loss does not reach', () => {
      const params = { used: tf.scalar(2), unused: tf.scalar(3) };
      const { value, grads } = valueAndGrads(({ used }) => ({ loss: tf.square(used!), aux: {} }), params);
      expect(Object.keys(grads)).toEqual(['used']);
      tf.dispose([params, value, grads]);
    });

    it('returns results that outlive a tidy around it only where the tidy returns them', () => {
      const params = { a: tf.scalar(2) };
      const before = tf.memory().numTensors;
      const value = tf.tidy(() => valueAndGrads(({ a }) => ({ loss: tf.square(a!), aux: {} }), params).value);
      expect(tf.memory().numTensors - before).toBe(1);
      tf.dispose([params, value]);
    });

    it('names a loss that is no scalar, and keeps nothing', () => {
      const a = tf.tensor1d([1, 2]);
      const before = tf.memory().numTensors;
      expect(() => valueAndGrads(({ a }) => ({ loss: tf.neg(a!), aux: { ones: tf.onesLike(a!) } }), { a })).toThrow(
        'loss: got shape [2], wanted a scalar',
      );
      expect(tf.memory().numTensors).toBe(before);
      a.dispose();
    });
  });

  describe('fromHost and toHost', () => {
    it('carry float32, int32 and bool both ways', async () => {
      const hosts: HostTensor[] = [
        { dtype: 'F32', shape: [2, 2], data: Float32Array.from([1.5, -2, 0, 4]) },
        { dtype: 'I32', shape: [3], data: Int32Array.from([-1, 0, 7]) },
        { dtype: 'BOOL', shape: [2], data: Uint8Array.from([1, 0]) },
      ];
      for (const host of hosts) {
        const tensor = fromHost(host);
        const back = await toHost(tensor);
        expect({ ...back, data: [...back.data] }).toEqual({ ...host, data: [...host.data] });
        tensor.dispose();
      }
    });

    it('widen halves, with subnormals, infinities and NaN', async () => {
      const bits = [0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x7e00, 0x8000];
      const half = fromHost({ dtype: 'F16', shape: [7], data: Uint16Array.from(bits) });
      expect([...(await half.data())]).toEqual([1, -2, 2 ** -24, 65504, -Infinity, Number.NaN, -0]);
      const brain = fromHost({ dtype: 'BF16', shape: [4], data: Uint16Array.from([0x3f80, 0xc040, 0x0080, 0x7f80]) });
      expect([...(await brain.data())]).toEqual([1, -3, 2 ** -126, Infinity]);
      tf.dispose([half, brain]);
    });

    it('convert the narrow integers and float64', async () => {
      const short = fromHost({ dtype: 'I16', shape: [2], data: Int16Array.from([-300, 300]) });
      const double = fromHost({ dtype: 'F64', shape: [1], data: Float64Array.from([0.1]) });
      expect([short.dtype, ...(await short.data())]).toEqual(['int32', -300, 300]);
      expect([double.dtype, ...(await double.data())]).toEqual(['float32', Math.fround(0.1)]);
      tf.dispose([short, double]);
    });
  });

  describe('checkShape', () => {
    it('accepts any size where null stands and names what does not fit', () => {
      const tensor = tf.zeros([2, 3]);
      expect(() => checkShape('tokens', tensor, [2, null])).not.toThrow();
      expect(() => checkShape('tokens', tensor, [2, 4])).toThrow('tokens: got shape [2, 3], wanted [2, 4]');
      expect(() => checkShape('tokens', tensor, [null, 3, 1])).toThrow('tokens: got shape [2, 3], wanted [*, 3, 1]');
      tensor.dispose();
    });
  });
});
