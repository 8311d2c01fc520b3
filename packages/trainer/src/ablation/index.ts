/** Runs that differ in some settings, and a table of how good they are; see `ablate`. */
export { type AblateOptions, ablate, type RunUnderWay } from './ablate.js';
export type { AblationEvaluation } from './evaluate-run.js';
export { gridStudy, parseVariation, type Variation } from './grid.js';
export type { AblationResult, AblationRowResult, AblationRun } from './result.js';
export { readStudy } from './rows-file.js';
export { type StudyName, studies } from './studies.js';
export type { AblationRow, AblationStudy } from './study.js';
export { csvTable, markdownPage, textLines } from './tables.js';
