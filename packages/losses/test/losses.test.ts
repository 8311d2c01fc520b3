import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import {
  crossImageLoss,
  crossImageWeights,
  globalLoss,
  objectLoss,
  objectWeights,
  teacherTempAt,
  updateCenter,
} from '../src/index.js';
import { exchanged, type Sides } from './reference.js';

const dim = 7;
const temperatures = { teacherTemp: 0.05, studentTemp: 0.1 };
// Two images of three objects; the second image has one.
const valid = [[true, false, true], [false, true, false]]; // biome-ignore format: one row per image
const mask = [[true, false, true], [false, false, false]]; // biome-ignore format: one row per image
const mask2 = [[false, false, true], [false, true, false]]; // biome-ignore format: one row per image
const none = [[false, false, false], [false, false, false]]; // biome-ignore format: one row per image

onBackends(['cpu', 'onnxruntime'], () => {
  describe('the weights of objects', () => {
    it('paper: 1/K of the valid objects of an image, mean over the images that have any', async () => {
      expect(await weightsOf(valid, 'paper')).toEqual([0.25, 0, 0.25, 0, 0.5, 0]);
      const oneImage = [[true, true, false], [false, false, false]]; // biome-ignore format: one row per image
      expect(await weightsOf(oneImage, 'paper')).toEqual([0.5, 0.5, 0, 0, 0, 0]);
    });

    it('released: half of the mean over all valid objects of the batch', async () => {
      const sixth = Math.fround(1 / 6);
      expect(await weightsOf(valid, 'released')).toEqual([sixth, 0, sixth, 0, sixth, 0]);
    });

    it('are all 0 where no object is valid', async () => {
      for (const variant of ['paper', 'released'] as const)
        expect(await weightsOf(none, variant)).toEqual([0, 0, 0, 0, 0, 0]);
    });
  });

  describe('the weights of matches', () => {
    const only1 = [[true, true, true], [false, false, false]]; // biome-ignore format: one row per image

    it('paper: each direction has its own count', async () => {
      expect(await matchWeightsOf(mask, only1, 'paper')).toEqual([
        ...[0.5, 0, 0.5, 0, 0, 0],
        ...[1, 1, 1, 0, 0, 0].map((x) => Math.fround(x / 3)),
      ]);
      expect(await matchWeightsOf(none, mask, 'paper')).toEqual([0, 0, 0, 0, 0, 0, 0.5, 0, 0.5, 0, 0, 0]);
    });

    it('released: half over the count of the first direction for both, nothing if that is 0', async () => {
      expect(await matchWeightsOf(mask, only1, 'released')).toEqual([
        ...[0.25, 0, 0.25, 0, 0, 0],
        ...[0.25, 0.25, 0.25, 0, 0, 0],
      ]);
      expect(await matchWeightsOf(none, mask, 'released')).toEqual(new Array(12).fill(0));
    });
  });

  describe.each(['paper', 'released'] as const)('%s, against plain loops in float64', (variant) => {
    const half = variant === 'paper' ? 1 : 0.5;

    it('global loss: mean over images of both directions', async () => {
      const sides = randomSides('global', 3);
      const wanted = exchanged(sides, filled(3, half / 3));
      const student = tf.tensor2d(sides.student.flat());
      const teacher = tf.tensor2d(sides.teacher.flat());
      const center = tf.tensor2d([sides.center]);
      await expectLoss((s) => globalLoss({ student: s, teacher, center, ...temperatures, variant }), student, wanted);
      tf.dispose([teacher, center]);
    });

    it('object loss: object by object across the views', async () => {
      const sides = randomSides('object', 6);
      const weights = objectWeights(tf.tensor2d(valid, [2, 3], 'bool'), variant);
      const row = [...(await weights.data())];
      const { student, teacher, center } = tensorsOf(sides, [2, 2, 3, dim]);
      const wanted = exchanged(sides, [row, row]);
      await expectLoss((s) => objectLoss({ student: s, teacher, center, weights, ...temperatures }), student, wanted);
    });

    it('cross-image loss: the neighbour found from one view is predicted from the other', async () => {
      const sides = randomSides('cross-image', 6);
      const weights = crossImageWeights(tf.tensor2d(mask, [2, 3], 'bool'), tf.tensor2d(mask2, [2, 3], 'bool'), variant);
      const flat = [...(await weights.data())];
      const { student, teacher: neighbours, center } = tensorsOf(sides, [2, 2, 3, dim]);
      const wanted = exchanged(sides, [flat.slice(0, 6), flat.slice(6)]);
      await expectLoss(
        (s) => crossImageLoss({ student: s, neighbours, center, weights, ...temperatures }),
        student,
        wanted,
      );
    });
  });

  it('gives the same for a list of objects as for objects by image', async () => {
    const sides = randomSides('list', 6);
    const weights = objectWeights(tf.tensor2d(valid, [2, 3], 'bool'), 'paper');
    const byImage = objectLoss({ ...tensorsOf(sides, [2, 2, 3, dim]), weights, ...temperatures });
    const list = objectLoss({ ...tensorsOf(sides, [2, 6, dim]), weights: tf.reshape(weights, [6]), ...temperatures });
    expect(await list.data()).toEqual(await byImage.data());
  });

  it('leaves out unweighted objects exactly, however large their logits are', async () => {
    const sides = randomSides('huge', 6);
    const weights = objectWeights(tf.tensor2d(valid, [2, 3], 'bool'), 'paper');
    const lossOf = async ({ student, teacher, center }: ReturnType<typeof tensorsOf>) => {
      const f = (s: tf.Tensor) => objectLoss({ student: s, teacher, center, weights, ...temperatures });
      const { value, grad } = tf.valueAndGrad(f)(student);
      // Adding 0 turns -0 into 0.
      return { loss: await value.data(), gradient: (await grad.data()).map((g) => g + 0) };
    };
    const wanted = await lossOf(tensorsOf(sides, [2, 2, 3, dim]));
    for (const [r, isValid] of valid.flat().entries()) {
      if (isValid) continue;
      for (const view of [0, 1]) {
        sides.student[view]![r] = [1e30, -1e30, 0, 3, 1e30, 0, -1e33];
        sides.teacher[view]![r] = [-1e30, 1e30, 1e33, 0, 0, 0, 0];
      }
    }
    const found = await lossOf(tensorsOf(sides, [2, 2, 3, dim]));
    expect(found).toEqual(wanted);
    expect([...found.gradient.slice(dim, 2 * dim)].every((x) => x === 0)).toBe(true);
  });

  it('is 0 with a gradient of 0, and no center moves, where no object is valid', async () => {
    const { student, teacher, center } = tensorsOf(randomSides('none', 6), [2, 2, 3, dim]);
    const nothing = tf.tensor2d(none, [2, 3], 'bool');
    for (const variant of ['paper', 'released'] as const) {
      const f = (s: tf.Tensor) =>
        tf.add(
          objectLoss({ student: s, teacher, center, weights: objectWeights(nothing, variant), ...temperatures }),
          crossImageLoss({
            student: s,
            neighbours: teacher,
            center,
            weights: crossImageWeights(nothing, nothing, variant),
            ...temperatures,
          }),
        );
      const { value, grad } = tf.valueAndGrad(f)(student);
      expect([...(await value.data())]).toEqual([0]);
      expect([...(await grad.data())].every((x) => x === 0)).toBe(true);
    }
    const unmoved = updateCenter(center, tf.reshape(teacher, [12, dim]), tf.zeros([12], 'bool'));
    expect(await unmoved.data()).toEqual(await center.data());
  });

  it('treats the teacher as a constant, also where it depends on the parameters', async () => {
    const { student, teacher, center } = tensorsOf(randomSides('constant', 6), [2, 2, 3, dim]);
    const weights = objectWeights(tf.tensor2d(valid, [2, 3], 'bool'), 'paper');
    const lossWith = (teacherOf: (s: tf.Tensor) => tf.Tensor) =>
      tf.grad((s) => objectLoss({ student: s, teacher: teacherOf(s), center, weights, ...temperatures }))(student);
    const fixed = tf.add(tf.mul(student, 2), teacher);
    const followed = lossWith((s) => tf.add(tf.mul(s, 2), teacher));
    expect(await followed.data()).toEqual(await lossWith(() => fixed).data());
  });

  it('leaves no tensors behind', async () => {
    const { student, teacher, center } = tensorsOf(randomSides('leak', 6), [2, 2, 3, dim]);
    const before = tf.memory().numTensors;
    const weights = objectWeights(tf.ones([2, 3], 'bool'), 'paper');
    const { value, grad } = tf.valueAndGrad((s) =>
      objectLoss({ student: s, teacher, center, weights, ...temperatures }),
    )(student);
    expect(tf.memory().numTensors).toBe(before + 4); // the ones, the weights and the two results
    tf.dispose([weights, value, grad]);
  });

  it('moves the center by a tenth towards the mean of the rows that count', async () => {
    const center = tf.tensor2d([[1, 0]]);
    const logits = tf.tensor2d([[3, 4], [5, 8], [1e30, -7]]); // biome-ignore format: one row per line
    const masked = await updateCenter(center, logits, tf.tensor1d([true, true, false])).data();
    expect(masked[0]).toBeCloseTo(0.9 + 0.4, 6);
    expect(masked[1]).toBeCloseTo(0.6, 6);
    const all = await updateCenter(center, tf.slice(logits, [0, 0], [2, 2]), undefined, 0.5).data();
    expect([...all]).toEqual([2.5, 3]);
  });

  it('names the tensor of another shape', () => {
    const { student, teacher, center } = tensorsOf(randomSides('shapes', 6), [2, 6, dim]);
    const weights = tf.ones([6]);
    const call = (changed: object) => () =>
      objectLoss({ student, teacher, center, weights, ...temperatures, ...changed });
    expect(call({ teacher: tf.zeros([2, 5, dim]) })).toThrow(/teacher.*2, 5, 7/);
    expect(call({ center: tf.zeros([1, 3]) })).toThrow(/center.*1, 3/);
    expect(call({ weights: tf.ones([5]) })).toThrow(/student.*2, 6, 7/);
    const odd = {
      student: tf.zeros([3, dim]),
      teacher: tf.zeros([3, dim]),
      center,
      ...temperatures,
      variant: 'paper',
    } as const;
    expect(() => globalLoss(odd)).toThrow(/student: got shape \[3,7\], expected an even number of rows/);
  });
});

describe('the temperature of the teacher', () => {
  it('rises linearly over the warm-up epochs and stays', () => {
    const schedule = { warmupTeacherTemp: 0.04, teacherTemp: 0.07, warmupTeacherTempEpochs: 4 };
    expect([0, 1, 2, 3, 4, 100].map((epoch) => Number(teacherTempAt(epoch, schedule).toFixed(6)))).toEqual([
      0.04, 0.05, 0.06, 0.07, 0.07, 0.07,
    ]);
  });

  it('is constant without a warm-up', () => {
    expect(teacherTempAt(0, { warmupTeacherTempEpochs: 0 })).toBe(0.07);
  });
});

async function weightsOf(objects: boolean[][], variant: 'paper' | 'released'): Promise<number[]> {
  return [...(await objectWeights(tf.tensor2d(objects, [2, 3], 'bool'), variant).data())];
}

async function matchWeightsOf(
  first: boolean[][],
  second: boolean[][],
  variant: 'paper' | 'released',
): Promise<number[]> {
  const [a, b] = [first, second].map((rows) => tf.tensor2d(rows, [2, 3], 'bool')) as [tf.Tensor, tf.Tensor];
  return [...(await crossImageWeights(a, b, variant).data())];
}

async function expectLoss(
  f: (student: tf.Tensor) => tf.Scalar,
  student: tf.Tensor,
  wanted: ReturnType<typeof exchanged>,
): Promise<void> {
  const { value, grad } = tf.valueAndGrad(f)(student);
  expect((await value.data())[0]! / wanted.value).toBeCloseTo(1, 5);
  const gradient = await grad.data();
  for (const [i, g] of wanted.gradient.flat(2).entries()) expect(gradient[i]).toBeCloseTo(g, 5);
}

function randomSides(seed: string, rows: number): Sides {
  const rng = Generator.fromSeed(seed);
  const vector = () => Array.from({ length: dim }, () => Math.fround(rng.normal()));
  const view = () => Array.from({ length: rows }, vector);
  return { student: [view(), view()], teacher: [view(), view()], center: vector(), ...temperatures };
}

function tensorsOf({ student, teacher, center }: Sides, shape: number[]) {
  return {
    student: tf.tensor(student.flat(2), shape),
    teacher: tf.tensor(teacher.flat(2), shape),
    center: tf.tensor2d([center]),
  };
}

const filled = (rows: number, value: number) => [0, 1].map(() => new Array<number>(rows).fill(value));
