import { join } from 'node:path';
import { lazyHost } from '@cribo/tensor';
import type { Batch } from './batch.js';
import { writeFolder } from './checkpoint/folder.js';
import { type CheckpointContext, writeState } from './checkpoint/save.js';
import { writeTensorFile } from './checkpoint/tensor-file.js';
import { InputError } from './errors.js';
import type { StepReport } from './step.js';
import { writeSynced } from './synced-files.js';
import type { TrainState } from './train-state.js';

/** The batch of a dump: `views`, `positions` and `initIndices`, and the images it was made of, one per line. */
export const batchFile = 'batch.safetensors';
export const filesFile = 'files.txt';

/** With `onNan: skip`: so many steps in a row without a finite loss end the run nevertheless. */
const maxSkippedInARow = 10;

/** Ends the run: the last step's loss or gradient was not finite. The state is that before the step. */
export class NotFiniteError extends InputError {}

/** What a step that is not finite was made of. */
export interface BadStep {
  state: TrainState;
  batch: Batch;
  files: string[];
  report: StepReport;
}

/**
 * Writes everything a step depends on to `RUN/not-finite-step-…`: a checkpoint of the state before it, its batch, and
 * the batch's files. `cribo replay` takes the step again. Returns the error that ends the run.
 */
export async function dumpBadStep(
  runDir: string,
  { state, batch, files, report }: BadStep,
  context: CheckpointContext,
): Promise<NotFiniteError> {
  const folder = join(runDir, `not-finite-step-${String(state.step).padStart(8, '0')}`);
  await writeFolder(folder, async (scratch) => {
    await writeState(scratch, state, context);
    const tensors = Object.entries(batch).map(([name, tensor]) => [name, lazyHost(tensor)]);
    await writeTensorFile(join(scratch, batchFile), Object.fromEntries(tensors));
    writeSynced(join(scratch, filesFile), `${files.join('\n')}\n`);
  });
  return new NotFiniteError(
    `${describe(state.step, report)}; the batch was ${named(files)}. The step is kept in ${folder}: "cribo replay ${folder}" takes it again. A lower optimizer.lr usually helps; training.onNan=skip leaves such steps out.`,
  );
}

/** Leaves a step out: the state moves on as if the step had not been. @throws NotFiniteError after ten in a row */
export function skipBadStep({ state, files, report }: BadStep): string {
  state.skippedSteps.push(state.step);
  const recent = state.skippedSteps.slice(-maxSkippedInARow);
  if (recent.length === maxSkippedInARow && recent[0] === state.step - maxSkippedInARow + 1) {
    throw new NotFiniteError(
      `${describe(state.step, report)}, the ${maxSkippedInARow}th step in a row; the run has diverged. A lower optimizer.lr usually helps.`,
    );
  }
  return `${describe(state.step++, report)}; left out. The batch was ${named(files)}`;
}

const namedAtMost = 8;

/** The batch in a sentence; a dump's `files.txt` has all of it. */
function named(files: string[]): string {
  const more = files.length - namedAtMost;
  return files.slice(0, namedAtMost).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function describe(step: number, { loss, lossGlobal, lossObject, lossCrossImage, gradNorm }: StepReport): string {
  return `The loss of step ${step} is ${loss} (global ${lossGlobal}, object ${lossObject}, cross-image ${lossCrossImage}; gradient norm ${gradNorm}), expected finite numbers`;
}
