import { crossImageLoss, crossImageWeights, globalLoss, objectLoss, objectWeights, updateCenter } from '@cribo/losses';
import { poolObjects } from '@cribo/sinkhorn-cluster';
import { type Generator, type Params, valueAndGrads } from '@cribo/tensor';
import { projectionHeadForward, unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { type ClusterInput, clusterPatches } from './cluster-patches.js';
import { compactObjects, gatherObjects, type ObjectRows } from './compact-objects.js';
import type { Config } from './config/schema.js';
import { emaUpdate } from './ema.js';
import { labelObjects } from './label-objects.js';
import type { NetworkConfig } from './model.js';
import { clipEachGradient, globalNorm } from './optim/clip.js';
import { trainableGradients } from './optim/groups.js';
import { positivePairs } from './positive-pairs.js';
import type { StepSettings } from './step-settings.js';
import { onRows, patchTokens } from './tokens.js';
import type { TrainState } from './train-state.js';

/** One batch on the device. `views` is view-major: view 1 of every image, then view 2. */
export interface Batch extends ClusterInput {
  /** float32 [2B, H, W, 3], normalised. */
  views: tf.Tensor4D;
  /** int32 [B, 2N]: the class of every patch, 255 for void, where labels decide which neighbours are positive. */
  classes?: tf.Tensor2D;
}

/** What one step measured. */
export interface StepReport {
  loss: number;
  lossGlobal: number;
  lossObject: number;
  lossCrossImage: number;
  /** Valid objects in the batch. */
  objects: number;
  /** Share of retrieved neighbours that pass the cycle check (Fig. 6), over both directions. */
  bootstrapRatio: number;
  /** L2 norm of all gradients together, before clipping. */
  gradNorm: number;
  /** False if the loss or the gradient was not finite: then the step changed nothing. */
  applied: boolean;
}

/** Sees the tensors of every phase by name while they live: a profiler awaits them, a test or a picture copies them. */
export type PhaseHook = (phase: string, tensors: Record<string, tf.Tensor>) => void | Promise<void>;

/**
 * One optimisation step of CrIBo (Sec. 3.2): the teacher finds objects and their neighbours in other images, the
 * student learns to predict the teacher's distributions for them (Eq. 11), and the teacher follows the student.
 * Replaces the tensors in `state` and leaves nothing else on the device; `state` stays as it was where the loss or the
 * gradient is not finite. `rng` draws the student's drop path.
 */
export async function trainStep(
  state: TrainState,
  batch: Batch,
  network: NetworkConfig,
  config: Config,
  at: StepSettings,
  rng: Generator,
  onPhase: PhaseHook = () => {},
): Promise<StepReport> {
  const { variant, losses } = config;
  const { recompute } = config.model;
  const backbone = (params: Params, dropPath?: Generator) =>
    vitForward(unprefixed(params, 'backbone.'), network.backbone, batch.views, dropPath ? { dropPath, recompute } : {});
  const head = (params: Params, x: tf.Tensor, output: 'global' | 'object') =>
    onRows(x, (rows) => projectionHeadForward(unprefixed(params, 'head.'), network.head, rows, output));

  // The teacher groups its patch tokens into objects, jointly over both views.
  const teacher = tf.tidy(() => {
    const { tokens, cls } = backbone(state.teacher);
    const patches = patchTokens(tokens);
    const { assignment, valid, labels } = clusterPatches(patches, batch, config, at.posAlpha); // Eqs. 12–17
    return { tokens, cls, assignment, valid, labels, objects: poolObjects(patches, assignment) }; // Eq. 1
  });
  await onPhase('teacher', teacher);

  // Every object looks up its nearest neighbour among earlier images; the bank is searched before it is updated.
  const retrieved = state.bank.query(teacher.objects, teacher.valid); // Eqs. 2–4
  const bankUpdate = state.bank.stage(teacher.objects, teacher.valid);
  const rows = compactObjects(await teacher.valid.data());
  const labelled = await labelObjects(state.objectLabels, teacher, batch, retrieved, bankUpdate.slots);
  await onPhase('retrieval', { ...retrieved });

  // The teacher's logits: what the student has to predict.
  const targets = tf.tidy(() => {
    const [pairs, pairs2] = positivePairs(retrieved, config.bootstrapping.criterion, labelled?.sameClass);
    const nearest = tf.stack([tf.unstack(retrieved.neighbours)[0]!, tf.unstack(retrieved.neighbours2)[1]!]);
    return {
      global: head(state.teacher, teacher.cls, 'global'),
      objects: head(state.teacher, gatherObjects(teacher.objects, rows), 'object'),
      objectWeights: tf.squeeze(gatherWeights(tf.expandDims(objectWeights(teacher.valid, variant)), rows), [0]),
      ...(at.crossImage && {
        neighbours: head(state.teacher, gatherObjects(nearest, rows), 'object'),
        neighbourWeights: gatherWeights(crossImageWeights(pairs, pairs2, variant), rows),
      }),
    };
  });
  await onPhase('targets', targets);

  // The student's predictions, the losses and their gradients.
  const student = valueAndGrads((params) => {
    const { tokens, cls } = backbone(params, rng);
    const objects = gatherObjects(poolObjects(patchTokens(tokens), teacher.assignment), rows);
    const logits = { global: head(params, cls, 'global'), objects: head(params, objects, 'object') };
    const temperatures = { teacherTemp: at.teacherTemp, studentTemp: losses.studentTemp };
    const object = { student: logits.objects, center: state.centers.object, ...temperatures };
    const { neighbours, neighbourWeights } = targets;
    const terms = [
      losses.global // Eqs. 9–10
        ? globalLoss({
            student: logits.global,
            teacher: targets.global,
            center: state.centers.global,
            ...temperatures,
            variant,
          })
        : tf.scalar(0),
      losses.object // Eqs. 5–6
        ? objectLoss({ ...object, teacher: targets.objects, weights: targets.objectWeights })
        : tf.scalar(0),
      neighbours && neighbourWeights // Eqs. 7–8
        ? crossImageLoss({ ...object, neighbours, weights: neighbourWeights })
        : tf.scalar(0),
    ];
    return { loss: tf.addN(terms), aux: { ...logits, terms: tf.stack(terms) } }; // Eq. 11
  }, state.student);
  await onPhase('student', { ...student.aux, ...student.grads });

  // The student takes a step; the teacher and the centers follow it.
  const gradNorm = globalNorm(student.grads);
  const gradients = trainableGradients(student.grads, at.freezeLastLayer);
  const clipped = config.optimizer.clipGrad > 0 ? clipEachGradient(gradients, config.optimizer.clipGrad) : {};
  const studentUpdate = state.optimizer.stage(state.student, { ...gradients, ...clipped }, at);
  const nextTeacher = emaUpdate(state.teacher, studentUpdate.params, at.teacherMomentum);
  const nextCenters = tf.tidy(() => ({
    global: updateCenter(state.centers.global, targets.global, undefined, losses.centerMomentum),
    object: updateCenter(
      state.centers.object,
      flatRows(targets.objects),
      tf.tile(rows.present, [2]),
      losses.centerMomentum,
    ),
  }));
  const measured = tf.tidy(() =>
    tf.concat([student.aux.terms, tf.stack([countTrue(retrieved.mask, retrieved.mask2), gradNorm])]),
  );
  await onPhase('update', { measured });

  // Before anything is read: what is still alive then would have to be delivered.
  tf.dispose([
    teacher,
    retrieved,
    labelled?.sameClass,
    targets,
    student,
    clipped,
    gradNorm,
    rows.index,
    rows.present,
  ] as tf.TensorContainer);
  const [lossGlobal, lossObject, lossCrossImage, cycles, norm] = (await measured.data()) as unknown as Measured;
  measured.dispose();
  const loss = lossGlobal + lossObject + lossCrossImage;
  const applied = Number.isFinite(loss) && Number.isFinite(norm);
  if (applied) {
    disposeReplaced(state.student, studentUpdate.params);
    tf.dispose([state.teacher, state.centers]);
    studentUpdate.commit();
    bankUpdate.commit();
    labelled?.commit();
    Object.assign(state, { student: studentUpdate.params, teacher: nextTeacher, centers: nextCenters });
    state.step++;
  } else {
    disposeReplaced(studentUpdate.params, state.student);
    tf.dispose([nextTeacher, nextCenters]);
    studentUpdate.discard();
    bankUpdate.discard();
  }
  return {
    loss,
    lossGlobal,
    lossObject,
    lossCrossImage,
    objects: rows.count,
    bootstrapRatio: rows.count === 0 ? 0 : cycles / (2 * rows.count),
    gradNorm: norm,
    applied,
  };
}

type Measured = [number, number, number, number, number];

/** The weights [M,B,K] of the listed objects as [M,R], zero for padding. */
const gatherWeights = (weights: tf.Tensor, rows: ObjectRows) => tf.mul(gatherObjects(weights, rows), rows.present);

const flatRows = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape.at(-1)!]) as tf.Tensor2D;

const countTrue = (...masks: tf.Tensor[]) => tf.addN(masks.map((mask) => tf.sum(tf.cast(mask, 'float32'))));

/** Frees the parameters that `kept` does not hold: a step hands those without a gradient on unchanged. */
function disposeReplaced(params: Params, kept: Params): void {
  for (const [name, value] of Object.entries(params)) if (kept[name] !== value) value.dispose();
}
