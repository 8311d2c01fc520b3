/**
 * The CrIBo trainer: configuration, data loading, the training step, checkpoints, and the `cribo` command.
 * @module
 */
export * from './ablation/index.js';
export { loadBackend } from './backends/load.js';
export { type BackendStatus, backendStatus } from './backends/status.js';
export { type Batch, toDevice } from './batch.js';
export { loadTrainState, loadWeights, readCheckpointInfo, resolveCheckpoint, type Weights } from './checkpoint/load.js';
export { type CheckpointInfo, saveCheckpoint } from './checkpoint/save.js';
export { type ConfigSources, loadConfig, parseConfig } from './config/load.js';
export { type PresetName, presets } from './config/presets.js';
export { type Config, type ConfigInput, configSchema } from './config/schema.js';
export * from './data/index.js';
export { machine, softwareVersions } from './environment.js';
export { InputError } from './errors.js';
export type { Figure } from './evaluations/record.js';
export { loaderSettings } from './loader-settings.js';
export { initNetwork, type NetworkConfig, networkConfig } from './model.js';
export { clsFeatures, patchFeatures } from './network-features.js';
export { AdamW } from './optim/adamw.js';
export { Lars } from './optim/lars.js';
export { Optimizer, type OptimizerState, type UpdateSettings } from './optim/optimizer.js';
export { Sgd } from './optim/sgd.js';
export { type PhaseHook, PhaseTimer } from './phase-timer.js';
export { pretrain } from './pretrain.js';
export type { PretrainOptions, PretrainResult } from './pretrain-options.js';
export { createProgress, type Progress } from './progress.js';
export { type Replay, replayStep, type TensorSummary } from './replay.js';
export { type ReportOptions, type ReportResult, writeReport } from './report/write-report.js';
export { type CosineSchedule, cosineAt, posAlphaAt } from './schedules.js';
export { type StepReport, trainStep } from './step.js';
export { type StepSettings, settingsAt } from './step-settings.js';
export { disposeTrainState, initTrainState, type TrainState } from './train-state.js';
export { viewPolicy } from './view-policy.js';
