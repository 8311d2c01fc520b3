import { Generator, type Params, toHost, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeGolden, onBackends } from '../../../test-support/golden.js';
import {
  fromStateDict,
  type HeadConfig,
  initProjectionHead,
  projectionHeadForward,
  toStateDict,
} from '../src/index.js';
import { expectCloseTo } from './compare.js';

describeGolden('dino-head', (golden) => {
  const { in_dim, hidden_dim, bottleneck_dim, out_dim, out_dim_c, variants } = golden.json;

  for (const [variant, { norm_last_layer: normLastLayer }] of Object.entries<{ norm_last_layer: boolean }>(variants)) {
    const config: HeadConfig = {
      inDim: in_dim,
      hiddenDim: hidden_dim,
      bottleneckDim: bottleneck_dim,
      outDim: out_dim,
      objectOutDim: out_dim_c,
      normLastLayer,
    };
    const floats = (key: string) => golden.host(`${variant}/${key}`).data as Float32Array;

    const load = (): Params => {
      const prefix = `${variant}/w/`;
      const keys = golden.keys.filter((key) => key.startsWith(prefix));
      const expected = initProjectionHead(config, Generator.fromSeed(0));
      const params = fromStateDict(new Map(keys.map((key) => [key.slice(prefix.length), golden.host(key)])), expected);
      tf.dispose(expected);
      return params;
    };

    onBackends(['cpu', 'onnxruntime'], () => {
      it(`${variant}: logits of both output layers and all gradients`, async () => {
        const params = load();
        const inputs = { x: golden.tensor('x'), xc: golden.tensor('xc') };
        const [r, rc] = [golden.tensor('R'), golden.tensor('Rc')];
        const before = tf.memory().numTensors;
        const { value, grads, aux } = valueAndGrads(
          ({ x, xc, ...head }) => {
            const out = projectionHeadForward(head, config, x!, 'global');
            const outC = projectionHeadForward(head, config, xc!, 'object');
            return { loss: tf.add(tf.sum(tf.mul(out, r)), tf.sum(tf.mul(outC, rc))), aux: { out, outC } };
          },
          { ...params, ...inputs },
        );
        expect(tf.memory().numTensors - before).toBe(1 + 2 + Object.keys(grads).length);
        await expectCloseTo(aux.out, floats('out'), 1e-5, 'out');
        await expectCloseTo(aux.outC, floats('out_c'), 1e-5, 'out_c');

        const { x, xc, ...headGrads } = grads;
        await expectCloseTo(x!, floats('grad_x'), 1e-5, 'grad_x');
        await expectCloseTo(xc!, floats('grad_xc'), 1e-5, 'grad_xc');
        const stored = golden.keys.filter((key) => key.startsWith(`${variant}/g/`)).map((key) => key.split('/g/')[1]!);
        // Fixed gains have no gradient, there as here.
        expect(Object.keys(headGrads).sort()).toEqual(stored.sort());
        for (const [name, host] of await toStateDict(headGrads)) {
          const tensor = tf.tensor(host.data as Float32Array, host.shape);
          await expectCloseTo(tensor, floats(`g/${name}`), 1e-5, name);
          tensor.dispose();
        }
        tf.dispose([params, inputs, r, rc, value, grads, aux]);
      });

      it(`${variant}: is written under the names and in the layout it was read`, async () => {
        const params = load();
        for (const [name, host] of await toStateDict(params)) {
          expect(host, name).toEqual(golden.host(`${variant}/w/${name}`));
        }
        expect((await toHost(params['mlp.0.weight']!)).shape).toEqual([in_dim, hidden_dim]);
        tf.dispose(params);
      });
    });
  }
});
