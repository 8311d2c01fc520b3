import { crossImageWeights, globalWeights, objectWeights, type ProjectedTerm, projectedLoss } from '@cribo/losses';
import { poolObjects } from '@cribo/sinkhorn-cluster';
import { type Generator, type Params, valueAndGrads } from '@cribo/tensor';
import { outputWeight, projectionFeatures, unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import { clusterPatches } from './cluster-patches.js';
import { compactObjects, gatherObjects, type ObjectRows } from './compact-objects.js';
import type { Config } from './config/schema.js';
import { labelObjects } from './label-objects.js';
import type { NetworkConfig } from './model.js';
import type { PhaseHook } from './phase-timer.js';
import { positivePairs } from './positive-pairs.js';
import type { StepSettings } from './step-settings.js';
import { onRows, patchTokens } from './tokens.js';
import type { TrainState } from './train-state.js';

/** What learning from a batch measured. */
export interface Measured {
  lossGlobal: number;
  lossObject: number;
  lossCrossImage: number;
  /** Valid objects. */
  objects: number;
  /** Retrieved neighbours that pass the cycle check, from both views. */
  cycles: number;
}

/** What a batch teaches the student. The tensors belong to the caller. */
export interface Learned {
  /** The gradient of every parameter of the student that the losses reach. */
  gradients: Params;
  measured: Measured;
  /** float32 [2, B, K, d] and bool [B, K]: what goes into the bank. */
  stored: { objects: tf.Tensor; valid: tf.Tensor };
  /** float32 [1, D]: the teacher's mean logits, over images and over objects, for the centers. */
  meanLogits: { global: tf.Tensor2D; object: tf.Tensor2D };
  /** Stores the classes of the objects at the slots where the bank stores the images, where labels are kept. */
  commitLabels: ((slots: Int32Array) => void) | undefined;
}

/**
 * From two views to gradients (Sec. 3.2): the teacher finds objects and their neighbours in other images, the student
 * learns to predict the teacher's distributions for them (Eq. 11). Changes nothing in `state`. `rng` draws the drop path.
 */
export async function learn(
  state: TrainState,
  batch: Batch,
  network: NetworkConfig,
  config: Config,
  at: StepSettings,
  rng: Generator,
  onPhase: PhaseHook,
): Promise<Learned> {
  const { variant, losses } = config;
  const { recompute } = config.model;
  const images = batch.initIndices.shape[0];
  const backbone = (params: Params, dropPath?: Generator) =>
    vitForward(unprefixed(params, 'backbone.'), network.backbone, batch.views, dropPath ? { dropPath, recompute } : {});
  const head = (params: Params, x: tf.Tensor) =>
    onRows(x, (rows) => projectionFeatures(unprefixed(params, 'head.'), network.head, rows));
  const output = (params: Params, name: 'global' | 'object') =>
    outputWeight(unprefixed(params, 'head.'), network.head, name);

  // The teacher groups its patch tokens into objects, jointly over both views.
  const teacher = tf.tidy(() => {
    const { tokens, cls } = backbone(state.teacher);
    const patches = patchTokens(tokens);
    const { assignment, valid, labels } = clusterPatches(patches, batch, config, at.posAlpha); // Eqs. 12–17
    return { tokens, cls, assignment, valid, labels, objects: poolObjects(patches, assignment) }; // Eq. 1
  });
  await onPhase('teacher', teacher);

  // Every object looks up its nearest neighbour among earlier images. From here on only valid objects are computed with.
  const rows = compactObjects(await teacher.valid.data());
  const { objects: listed, ...retrieved } = tf.tidy(() => {
    const objects = gatherObjects(teacher.objects, rows);
    const present = tf.cast(tf.expandDims(rows.present), 'bool');
    return { objects, ...state.bank.query(tf.expandDims(objects, 1), present) }; // Eqs. 2–4
  });
  const labelled = await labelObjects(state.objectLabels, teacher, batch, rows, retrieved);
  await onPhase('retrieval', { objects: listed, ...retrieved });

  // What the student has to predict: the teacher's features, up to the output layers.
  const targets = tf.tidy(() => {
    const [pairs, pairs2] = positivePairs(retrieved, config.bootstrapping.criterion, labelled?.sameClass);
    const nearest = tf.stack([tf.unstack(retrieved.neighbours)[0]!, tf.unstack(retrieved.neighbours2)[1]!]);
    const weights = gatherObjects(tf.expandDims(objectWeights(teacher.valid, variant)), rows);
    return {
      global: head(state.teacher, tf.reshape(teacher.cls, [2, images, -1])),
      globalOutput: output(state.teacher, 'global'),
      objects: head(state.teacher, listed),
      objectOutput: output(state.teacher, 'object'),
      objectWeights: tf.tile(tf.mul(weights, rows.present), [2, 1]) as tf.Tensor2D,
      ...(at.crossImage && {
        neighbours: head(state.teacher, tf.squeeze(nearest, [1])),
        neighbourWeights: tf.squeeze(crossImageWeights(pairs, pairs2, variant), [1]) as tf.Tensor2D,
      }),
    };
  });
  await onPhase('targets', targets);

  // The student's predictions, the losses and their gradients.
  const student = valueAndGrads((params) => {
    const { tokens, cls } = backbone(params, rng);
    const objects = gatherObjects(poolObjects(patchTokens(tokens), teacher.assignment), rows);
    const features = { global: head(params, tf.reshape(cls, [2, images, -1])), objects: head(params, objects) };
    const temperatures = { teacherTemp: at.teacherTemp, studentTemp: losses.studentTemp };
    const zero = { loss: tf.scalar(0), terms: tf.zeros([1]) };
    const global = losses.global // Eqs. 9–10
      ? projectedLoss({
          student: { features: features.global, weight: output(params, 'global') },
          teacher: { weight: targets.globalOutput, center: state.centers.global },
          terms: [{ features: targets.global, weights: globalWeights(images, variant) }],
          ...temperatures,
        })
      : zero;
    const terms: ProjectedTerm[] = [];
    if (losses.object) terms.push({ features: targets.objects, weights: targets.objectWeights }); // Eqs. 5–6
    const { neighbours, neighbourWeights } = targets;
    if (neighbours) terms.push({ features: neighbours, weights: neighbourWeights! }); // Eqs. 7–8
    const object =
      terms.length > 0
        ? projectedLoss({
            student: { features: features.objects, weight: output(params, 'object') },
            teacher: { weight: targets.objectOutput, center: state.centers.object },
            terms,
            ...temperatures,
          })
        : zero;
    return {
      loss: tf.add(global.loss, object.loss),
      aux: { ...features, terms: tf.concat([global.terms, object.terms]) },
    }; // Eq. 11
  }, state.student);
  await onPhase('student', { ...student.aux, ...student.grads });

  const meanLogits = tf.tidy(() => ({
    global: tf.matMul(tf.mean(flatRows(targets.global), 0, true) as tf.Tensor2D, targets.globalOutput) as tf.Tensor2D,
    object: tf.matMul(meanOfPresent(flatRows(targets.objects), rows), targets.objectOutput) as tf.Tensor2D,
  }));
  const measured = tf.tidy(() =>
    tf.concat([student.aux.terms, tf.reshape(countTrue(retrieved.mask, retrieved.mask2), [1])]),
  );
  // Before anything is read: what is still alive then would have to be delivered.
  const { objects, valid, ...others } = teacher;
  tf.dispose([
    others,
    listed,
    retrieved,
    labelled?.sameClass,
    targets,
    student.value,
    student.aux,
    rows.index,
    rows.present,
  ] as tf.TensorContainer);
  const values = Array.from(await measured.data());
  measured.dispose();
  const lossGlobal = values.shift()!;
  const cycles = values.pop()!;
  return {
    gradients: student.grads,
    measured: {
      lossGlobal,
      lossObject: losses.object ? values.shift()! : 0,
      lossCrossImage: at.crossImage ? values.shift()! : 0,
      objects: rows.count,
      cycles,
    },
    stored: { objects, valid },
    meanLogits,
    commitLabels: labelled?.commit,
  };
}

const flatRows = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape.at(-1)!]) as tf.Tensor2D;

const countTrue = (...masks: tf.Tensor[]) => tf.addN(masks.map((mask) => tf.sum(tf.cast(mask, 'float32'))));

/** The mean of the rows [2R, d] that are no padding: [1, d]; 0 if all are. */
function meanOfPresent(x: tf.Tensor2D, { present, count }: ObjectRows): tf.Tensor2D {
  const weights = tf.tile(tf.div(present, Math.max(1, 2 * count)), [2]);
  return tf.matMul(tf.reshape(weights, [1, -1]) as tf.Tensor2D, x);
}
