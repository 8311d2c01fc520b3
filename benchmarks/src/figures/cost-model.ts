import { type Config, type NetworkConfig, networkConfig } from '@cribo/trainer';
import type { VitConfig } from '@cribo/vit';

/**
 * Floating-point operations of one training step by part of the method. Matrix products count, a multiplication and an
 * addition as two operations; elementwise work, normalisations and the padding of lists of objects do not. Branches that
 * stochastic depth zeroes count, though a large batch is computed without most of them.
 */
export interface StepCost {
  /** Forward pass of the teacher's backbone over both views. */
  teacher: number;
  /** Centroids and similarities of every iteration (Eqs. 15 and 16), and the pooling of objects (Eq. 1). */
  clustering: number;
  /** Both banks searched by the objects of their view, and the cycle check (Eqs. 2 to 4). */
  retrieval: number;
  /** The trunk of the teacher's projection head. */
  targets: number;
  /** The teacher's logits, which the losses compute together with the student's. */
  targetLogits: number;
  /** Forward pass of the student: backbone, pooling and head. */
  studentForward: number;
  /** Gradients of all of that: those of the inputs of every product, and of its weights. */
  studentBackward: number;
}

/**
 * The cost of a step as the settings describe it, with all losses on that they ask for.
 *
 * @param objects valid objects of the batch, which look for a neighbour and have a row in every head; by default all B·K
 */
export function stepCost(config: Config, objects = config.training.batchSize * config.clustering.clusters): StepCost {
  const { backbone, head } = networkConfig(config);
  const { batchSize } = config.training;
  const { clusters, iterations, method } = config.clustering;
  const { global, object, crossImage } = config.losses;
  const views = 2 * batchSize;
  const patches = (config.views.imageSize / config.model.patchSize) ** 2;
  const dim = backbone.embedDim;

  const vit = views * vitForwardFlops(backbone, config.views.imageSize);
  const pooling = views * product(clusters, patches, dim);
  const [globalTrunk, objectTrunk] = [trunkFlops(head, views), trunkFlops(head, 2 * objects)];
  const globalLogits = product(views, head.bottleneckDim, head.outDim);
  const objectLogits = product(2 * objects, head.bottleneckDim, head.objectOutDim);
  const [globalHead, objectHead] = [globalTrunk + globalLogits, objectTrunk + objectLogits];
  const objectTargets = crossImage ? 2 : 1;
  // Centroids and similarities are both [K, 2N] x [2N, d] or its like, once per iteration.
  const perIteration = batchSize * 2 * product(clusters, 2 * patches, dim);
  return {
    teacher: vit,
    clustering: pooling + (method === 'masks' ? 0 : iterations * perIteration),
    retrieval: bankFlops({ stored: config.bank.images * clusters, dim, queries: objects }),
    targets: globalTrunk + objectTrunk * objectTargets,
    targetLogits: globalLogits + objectLogits * objectTargets,
    studentForward: vit + pooling + globalHead + objectHead,
    // Pixels and assignments have no gradient.
    studentBackward:
      2 * vit -
      views * product(patches, backbone.patchSize ** 2 * 3, dim) +
      pooling +
      2 * ((global ? globalHead : 0) + (object || crossImage ? objectHead : 0)),
  };
}

/** A backbone over one image of `imageSize` pixels a side, its CLS token included. */
export function vitForwardFlops({ patchSize, embedDim, depth, mlpRatio }: VitConfig, imageSize: number): number {
  const patches = (imageSize / patchSize) ** 2;
  const tokens = patches + 1;
  const linear = product(tokens, embedDim, 3 * embedDim) + product(tokens, embedDim, embedDim);
  const attention = 2 * product(tokens, embedDim, tokens);
  const mlp = 2 * product(tokens, embedDim, mlpRatio * embedDim);
  return product(patches, patchSize ** 2 * 3, embedDim) + depth * (linear + attention + mlp);
}

/** The trunk of a projection head over `rows` rows. */
export function trunkFlops({ inDim, hiddenDim, bottleneckDim }: NetworkConfig['head'], rows: number): number {
  const widths = [inDim, hiddenDim, hiddenDim, bottleneckDim];
  return widths.slice(1).reduce((sum, width, i) => sum + product(rows, widths[i]!, width), 0);
}

/** One query of a pair of banks by some objects of each view: against every stored object, and against the objects themselves. */
export function bankFlops({ stored, dim, queries }: { stored: number; dim: number; queries: number }): number {
  return 2 * (product(queries, dim, stored) + product(queries, dim, queries));
}

/** Which parts of the method a phase of the training step runs. Phases that are not listed multiply nothing worth counting. */
const partsOfPhase: Record<string, (keyof StepCost)[]> = {
  teacher: ['teacher', 'clustering'],
  retrieval: ['retrieval'],
  targets: ['targets'],
  student: ['studentForward', 'studentBackward', 'targetLogits'],
};

/**
 * Operations of the phases that were measured. Where one part is measured as a phase of its own name, it is taken out of
 * the phase that it otherwise belongs to.
 */
export function phaseCost(cost: StepCost, phases: readonly string[]): Record<string, number> {
  const isPart = (phase: string): phase is keyof StepCost => Object.hasOwn(cost, phase);
  const own = phases.filter(isPart);
  return Object.fromEntries(
    phases.map((phase) => {
      const listed = partsOfPhase[phase] ?? (isPart(phase) ? [phase] : []);
      const parts = listed.filter((part) => part === phase || !own.includes(part));
      return [phase, parts.reduce((sum, part) => sum + cost[part], 0)];
    }),
  );
}

/** All parts together. */
export const totalCost = (cost: StepCost): number => Object.values(cost).reduce((sum, part) => sum + part, 0);

/** `[rows, inner] x [inner, columns]` */
const product = (rows: number, inner: number, columns: number) => 2 * rows * inner * columns;
