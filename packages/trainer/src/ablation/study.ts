import type { ConfigInput } from '../config/schema.js';

/** What an ablation compares: runs that differ in some settings. */
export interface AblationStudy {
  /** Heading of the table. */
  title: string;
  /** Columns that say how rows differ, beside their names. */
  columns: readonly string[];
  rows: readonly AblationRow[];
}

/** One row of the table; with several seeds it stands for several runs. */
export interface AblationRow {
  /** Unique in the study; also the name of the run folder. */
  name: string;
  /** Settings that replace those all rows share. */
  settings: ConfigInput;
  /** The text in every column of the study. */
  cells: readonly string[];
}
