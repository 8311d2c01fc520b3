import { z } from 'zod';

const positive = z.int().positive();
const fraction = z.number().min(0).max(1);
const range = (low: number, high: number) => z.tuple([z.number(), z.number()]).default([low, high]);

/** The student and teacher backbone. */
const model = z.strictObject({
  arch: z.enum(['vit_tiny', 'vit_small', 'vit_base']).default('vit_small'),
  patchSize: positive.default(16),
  /** Overrides of the architecture, for networks smaller than ViT-Ti. */
  embedDim: positive.optional(),
  depth: positive.optional(),
  numHeads: positive.optional(),
  /** Stochastic depth of the student; the teacher always runs whole. */
  dropPath: fraction.default(0.1),
  /** Run the student's blocks again in the backward pass instead of keeping what they computed: less memory, more time. */
  recompute: z.boolean().default(false),
});

/** The projection head: a three-layer trunk with two weight-normalised output layers (global and object). */
const head = z.strictObject({
  hiddenDim: positive.default(2048),
  bottleneckDim: positive.default(256),
  outDim: positive.default(65536),
  objectOutDim: positive.default(65536),
  normLastLayer: z.boolean().default(false),
});

/** How the two views are drawn (App. A: the same policy as the authors' code). */
const views = z.strictObject({
  imageSize: positive.default(224),
  cropScale: range(0.25, 1),
  flip: fraction.default(0.5),
  colorJitter: fraction.default(0.8),
  brightness: z.number().min(0).default(0.4),
  contrast: z.number().min(0).default(0.4),
  saturation: z.number().min(0).default(0.2),
  hue: z.number().min(0).max(0.5).default(0.1),
  grayscale: fraction.default(0.2),
  /** Probability of blur in view 1 and view 2. */
  blur: z.tuple([fraction, fraction]).default([1, 0.1]),
  /** Standard deviation of the blur in pixels of the view. */
  blurSigma: range(0.1, 2),
  /** Probability of solarisation in view 1 and view 2. */
  solarize: z.tuple([fraction, fraction]).default([0, 0.2]),
});

/** Joint-space clustering (App. B). */
const clustering = z.strictObject({
  /** `masks` takes the classes of the label masks in `oracle.masks` for objects: a supervised oracle (Table 11). */
  method: z.enum(['sinkhorn', 'kmeans', 'masks']).default('sinkhorn'),
  /** K, the number of clusters per image. */
  clusters: positive.default(32),
  /** Weight of the positional cue, first and last epoch. */
  posAlpha: range(1, 1),
  iterations: positive.default(5),
  sinkhornIterations: positive.default(5),
  lambda: z.number().positive().default(20),
  /** Re-estimate the column marginal after every iteration; by default only the `released` variant does. */
  updateMarginal: z.boolean().optional(),
});

const bank = z.strictObject({
  /** S, the capacity in images. */
  images: positive.default(25_000),
  normalizedMatching: z.boolean().default(true),
  /** `float16` keeps object vectors in half precision, which halves the bank's memory; the backend must offer that. */
  storage: z.enum(['float32', 'float16']).default('float32'),
});

/** Which retrieved neighbours become positive pairs. */
const bootstrapping = z.strictObject({
  /**
   * `cycle`: every direction by its own cycle check (Eq. 4). For ablations (Table 8): `none` takes all, `cycle-min`,
   * `cycle-max` and `cycle-avg` make one of the checks of both directions. `labels`: those of the same class (Table 11).
   */
  criterion: z.enum(['cycle', 'none', 'cycle-min', 'cycle-max', 'cycle-avg', 'labels']).default('cycle'),
});

/** Labels for the supervised oracles (Table 11); nothing else reads them. */
const oracle = z.strictObject({
  /** Folder of label masks, `<name of the image>.png`, or a Pascal VOC folder. */
  masks: z.string().optional(),
  /** How many classes there are; greater labels are an error. By default all up to 254 are allowed. */
  classes: z.int().positive().max(255).optional(),
});

const losses = z.strictObject({
  global: z.boolean().default(true),
  object: z.boolean().default(true),
  crossImage: z.boolean().default(true),
  /** The first epoch (from 0) with the cross-image loss. */
  crossImageFromEpoch: z.int().min(0).default(1),
  studentTemp: z.number().positive().default(0.1),
  teacherTemp: z.number().positive().default(0.07),
  warmupTeacherTemp: z.number().positive().default(0.04),
  warmupTeacherTempEpochs: z.int().min(0).default(30),
  centerMomentum: fraction.default(0.9),
});

const optimizer = z.strictObject({
  name: z.enum(['adamw', 'sgd', 'lars']).default('adamw'),
  /** Learning rate for a batch of 256 images; scaled linearly with the batch size. */
  lr: z.number().positive().default(5e-4),
  minLr: z.number().min(0).default(1e-5),
  warmupEpochs: z.int().min(0).default(10),
  weightDecay: z.number().min(0).default(0.04),
  weightDecayEnd: z.number().min(0).default(0.4),
  /** Clips every parameter's gradient to this L2 norm; 0 is off. */
  clipGrad: z.number().min(0).default(0),
  /** Epochs during which both output layers of the head stay as initialised. */
  freezeLastLayerEpochs: z.int().min(0).default(1),
  /** EMA of the teacher, from this value to 1 over the run (cosine). */
  teacherMomentum: fraction.default(0.996),
});

const training = z.strictObject({
  epochs: positive.default(300),
  /** Images per optimisation step. */
  batchSize: positive.default(256),
  /** Into how many parts a batch is split that go through the networks one after another, to need less memory. */
  accumulate: positive.default(1),
  /** Stop after this many optimisation steps, for trials. */
  maxSteps: positive.optional(),
  /** Write a checkpoint every so many epochs (and at the end). */
  checkpointEvery: positive.default(1),
  /** Write one also every so many steps, counted from the start of the run. */
  checkpointEverySteps: positive.optional(),
  /** How many checkpoints to keep. */
  keepCheckpoints: positive.default(1),
  /** What a loss or gradient that is not finite does: end the run with a dump of the step, or leave the step out. */
  onNan: z.enum(['stop', 'skip']).default('stop'),
});

const loading = z.strictObject({
  /** Worker threads that decode and augment; 0 does it in the main thread. */
  workers: z.int().min(0).default(1),
  /** Batches prepared ahead of the one in use. */
  prefetch: positive.default(2),
  /** Downscale images whose longer side exceeds this while decoding (pixels); faster, but not the exact pixels. */
  decodeMaxSide: positive.optional(),
  /** Decoded images kept in memory, in MiB. */
  cacheMegabytes: z.number().min(0).default(0),
  /** Images of more than so many million pixels are not read; a decoded one takes 3 bytes per pixel. */
  maxMegapixels: z.number().positive().default(100),
  /** Stop at the first unreadable image instead of skipping it. */
  strict: z.boolean().default(false),
  /** The share of a data set that may be unreadable; beyond it the run stops. */
  maxUnreadable: fraction.default(0.05),
});

const logging = z.strictObject({
  /** Measure every phase of the step apart once in so many steps; 0 never does. */
  phasesEvery: z.int().min(0).default(500),
  /** Write TensorBoard event files beside `metrics.jsonl`. */
  tensorboard: z.boolean().default(true),
  /** Write `report.html` when the run has taken its last step. */
  report: z.boolean().default(true),
});

const backend = z.strictObject({
  /** A name listed by `cribo backends`, or the path of a module that registers one. */
  name: z.string().default('onnxruntime'),
  /** CPU threads of the ONNX Runtime backend; by default one per core. */
  threads: positive.optional(),
});

/** Everything that decides a run, besides the images. Unknown keys are errors. */
export const configSchema = z
  .strictObject({
    seed: z.int().min(0).default(0),
    /** Which of the two published forms of the method: the paper's equations or the authors' released code. */
    variant: z.enum(['paper', 'released']).default('paper'),
    model: model.prefault({}),
    head: head.prefault({}),
    views: views.prefault({}),
    clustering: clustering.prefault({}),
    bank: bank.prefault({}),
    bootstrapping: bootstrapping.prefault({}),
    losses: losses.prefault({}),
    optimizer: optimizer.prefault({}),
    training: training.prefault({}),
    oracle: oracle.prefault({}),
    loading: loading.prefault({}),
    logging: logging.prefault({}),
    backend: backend.prefault({}),
  })
  .superRefine((config, context) => {
    const { imageSize } = config.views;
    const { patchSize } = config.model;
    const report = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (imageSize % patchSize !== 0) {
      report(['views', 'imageSize'], `is ${imageSize}, expected a multiple of model.patchSize (${patchSize})`);
      return;
    }
    const tokens = 2 * (imageSize / patchSize) ** 2;
    if (config.clustering.clusters > tokens) {
      report(
        ['clustering', 'clusters'],
        `is ${config.clustering.clusters}, expected at most the ${tokens} patch tokens of two ${imageSize} px views with patches of ${patchSize} px`,
      );
    }
    const { batchSize, accumulate } = config.training;
    if (batchSize % accumulate !== 0) {
      report(['training', 'accumulate'], `is ${accumulate}, expected a divisor of training.batchSize (${batchSize})`);
    }
    const oracles = [
      ...(config.clustering.method === 'masks' ? ['clustering.method masks'] : []),
      ...(config.bootstrapping.criterion === 'labels' ? ['bootstrapping.criterion labels'] : []),
    ];
    if (oracles.length > 0 && config.oracle.masks === undefined) {
      report(['oracle', 'masks'], `is not set, expected the folder of label masks that ${oracles.join(' and ')} needs`);
    }
    const { embedDim, numHeads } = config.model;
    if (embedDim !== undefined && numHeads !== undefined && embedDim % numHeads !== 0) {
      report(['model', 'embedDim'], `is ${embedDim}, expected a multiple of model.numHeads (${numHeads})`);
    }
    if (!config.losses.global && !config.losses.object && !config.losses.crossImage) {
      report(['losses'], 'switches every term off, expected at least one of global, object and crossImage');
    }
  });

/** A complete, validated configuration. */
export type Config = z.output<typeof configSchema>;
/** What a user writes: any part of a configuration. */
export type ConfigInput = z.input<typeof configSchema>;
