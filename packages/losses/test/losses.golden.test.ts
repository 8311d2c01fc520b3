import type { HostTensor } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeGolden, onBackends } from '../../../test-support/golden.js';
import {
  crossImageLoss,
  crossImageWeights,
  globalLoss,
  globalWeights,
  objectLoss,
  objectWeights,
  projectedLoss,
  teacherTempAt,
  updateCenter,
} from '../src/index.js';

describeGolden('losses', (vectors) => {
  const settings = vectors.json as Settings;
  const { out_dim_c: dim, V: objects, student_temp: studentTemp } = settings;
  // The seven objects of the file in two images with room for five, some of which they do not have.
  const slots = [0, 1, 2, 4, 5, 6, 8];
  const perView = 10;
  const valid = Uint8Array.from({ length: perView }, (_, slot) => (slots.includes(slot) ? 1 : 0));
  const atSlots = (rows: ArrayLike<number>, width: number, elsewhere = 0) => {
    const spread = new Float32Array(2 * perView * width).fill(elsewhere);
    for (const view of [0, 1]) {
      for (const [row, slot] of slots.entries()) {
        for (let i = 0; i < width; i++)
          spread[(view * perView + slot) * width + i] = rows[(view * objects + row) * width + i]!;
      }
    }
    return spread;
  };
  const numbers = (key: string) => vectors.host(key).data as Float32Array;
  const objectLogits = (rows: ArrayLike<number>) => tf.tensor4d(atSlots(rows, dim, 1e20), [2, 2, 5, dim]);

  onBackends(['cpu', 'onnxruntime'], () => {
    it.each(Object.entries(settings.runs))('golden %s: losses, gradients and centers', async (name, run) => {
      const [student, teacher, center, objectCenter] = ['student_output', 'teacher_output', 'center', 'center_c'].map(
        (key) => vectors.tensor(`in/${key}`),
      ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const [studentObjects, teacherObjects] = ['student_centroids', 'teacher_centroids'].map((key) =>
        objectLogits(numbers(`in/${key}`)),
      ) as [tf.Tensor, tf.Tensor];
      // nn[0] is what view 1 found, nn2[1] what view 2 found.
      const half = objects * dim;
      const neighbours = objectLogits([...numbers('in/nn').slice(0, half), ...numbers('in/nn2').slice(half)]);
      const isObject = tf.tensor2d(valid, [2, 5], 'bool');
      const weights = crossImageWeights(...masks(run.masks), 'released');
      const object = { center: objectCenter, teacherTemp: run.teacher_temp_c, studentTemp: settings.student_temp_c };
      const terms = (s: tf.Tensor, o: tf.Tensor) => [
        globalLoss({ student: s, teacher, center, teacherTemp: run.teacher_temp, studentTemp, variant: 'released' }),
        objectLoss({ ...object, student: o, teacher: teacherObjects, weights: objectWeights(isObject, 'released') }),
        run.epoch < 1 ? tf.scalar(0) : crossImageLoss({ ...object, student: o, neighbours, weights }),
      ];

      // The same behind an output layer that changes nothing.
      const behindOutput = (s: tf.Tensor, o: tf.Tensor) => {
        const side = (logits: tf.Tensor) => {
          const width = logits.shape.at(-1)!;
          return { features: tf.reshape(logits, [2, -1, width]), weight: tf.eye(width) };
        };
        const present = tf.reshape(objectWeights(isObject, 'released'), [-1]);
        const global = projectedLoss({
          student: side(s),
          teacher: { weight: side(s).weight, center },
          terms: [{ features: side(teacher).features, weights: globalWeights(s.shape[0]! / 2, 'released') }],
          teacherTemp: run.teacher_temp,
          studentTemp,
        });
        const objects = projectedLoss({
          student: side(o),
          teacher: { weight: side(o).weight, center: objectCenter },
          terms: [
            { features: side(teacherObjects).features, weights: tf.stack([present, present]) },
            ...(run.epoch < 1
              ? []
              : [{ features: side(neighbours).features, weights: tf.reshape(weights, [2, perView]) }]),
          ],
          teacherTemp: run.teacher_temp_c,
          studentTemp: settings.student_temp_c,
        });
        const terms = tf.concat([global.terms, objects.terms, tf.zeros([1])]);
        return { loss: tf.add(global.loss, objects.loss), terms: tf.unstack(terms).slice(0, 3) };
      };

      const tolerance = 10 * run.f32_vs_f64_grad_maxabs;
      for (const [listed, total] of [
        [terms, (s: tf.Tensor, o: tf.Tensor) => tf.addN(terms(s, o))],
        [
          (s: tf.Tensor, o: tf.Tensor) => behindOutput(s, o).terms,
          (s: tf.Tensor, o: tf.Tensor) => behindOutput(s, o).loss,
        ],
      ] as const) {
        const losses = tf.tidy(() => tf.stack(listed(student, studentObjects)));
        for (const [i, wanted] of [run.loss_d, run.loss_c, run.loss_nn].entries()) {
          expect((await losses.data())[i]! / (wanted || 1)).toBeCloseTo(wanted === 0 ? 0 : 1, 6);
        }
        const gradients = tf.grads((s, o) => total(s, o) as tf.Tensor)([student, studentObjects]) as [
          tf.Tensor,
          tf.Tensor,
        ];
        expectNear(await gradients[0].data(), numbers(`${name}/grad_student_output`), tolerance);
        expectNear(await gradients[1].data(), atSlots(numbers(`${name}/grad_student_centroids`), dim), tolerance);
      }

      const rows = tf.reshape(teacherObjects, [2 * perView, dim]);
      const nextObjectCenter = updateCenter(objectCenter, rows, tf.tensor1d([...valid, ...valid], 'bool'));
      expectNear(await updateCenter(center, teacher).data(), numbers(`${name}/center`), 1e-6);
      expectNear(await nextObjectCenter.data(), numbers(`${name}/center_c`), 1e-6);
    });
  });

  function masks(name: string): [tf.Tensor, tf.Tensor] {
    const one = vectors.host(`masks/${name}/mask`);
    const two = vectors.host(`masks/${name}/mask2`);
    const both = atSlots([...bools(one), ...bools(two)], 1);
    return [tf.tensor2d(both.slice(0, perView), [2, 5], 'bool'), tf.tensor2d(both.slice(perView), [2, 5], 'bool')];
  }
});

describeGolden('schedules', ({ json }) => {
  const settings = Object.entries(json.settings as Record<string, Schedule>);
  describe.each(settings.filter(([, { kind }]) => kind === 'teacher_temp'))('%s', (_, schedule) => {
    it('golden: the temperature of every epoch', () => {
      for (const [epoch, wanted] of schedule.values.entries()) {
        const found = teacherTempAt(epoch, {
          warmupTeacherTemp: schedule.warmup_teacher_temp,
          teacherTemp: schedule.teacher_temp,
          warmupTeacherTempEpochs: schedule.warmup_teacher_temp_epochs,
        });
        expect(found).toBeCloseTo(wanted, 14);
      }
    });
  });
});

const bools = ({ data }: HostTensor) => Array.from(data as ArrayLike<number>, Number);

function expectNear(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  const errors = Array.from(wanted, (x, i) => Math.abs(found[i]! - x));
  expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
}

interface Settings {
  out_dim_c: number;
  V: number;
  student_temp: number;
  student_temp_c: number;
  runs: Record<string, Run>;
}

interface Run {
  epoch: number;
  masks: string;
  teacher_temp: number;
  teacher_temp_c: number;
  loss_d: number;
  loss_c: number;
  loss_nn: number;
  f32_vs_f64_grad_maxabs: number;
}

interface Schedule {
  kind: string;
  values: number[];
  warmup_teacher_temp: number;
  teacher_temp: number;
  warmup_teacher_temp_epochs: number;
}
