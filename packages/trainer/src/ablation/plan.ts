import { basename, join, resolve } from 'node:path';
import { listCheckpoints } from '../checkpoint/folder.js';
import { readCheckpointInfo } from '../checkpoint/load.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { InputError } from '../errors.js';
import { holdsRun, runConfig } from '../run/run-folder.js';
import { readRunInfo } from '../run/run-info.js';
import { differingSettings } from './differing-settings.js';
import type { AblationStudy } from './study.js';

/** A run of an ablation before it begins. */
export interface PlannedRun {
  /** Place of its row in the study. */
  row: number;
  name: string;
  seed: number;
  config: Config;
  folder: string;
  /** What its folder holds: nothing, a run to go on with, or one that is finished. */
  state: 'new' | 'started' | 'finished';
}

/** Where the rows' images come from. */
export interface AblatedImages {
  source: string;
  split?: string;
  /** How many there are. */
  count: number;
}

/**
 * All runs of a study, the first seed of every row before the second one of any. Row r has the run folder `out/<name of r>`,
 * its further seeds `out/<name of r>-seed<seed>`.
 *
 * @param seeds how many; they count from the seed of `config`
 * @throws InputError of one sentence if settings are wrong, names do not fit, or a folder holds another run
 */
export async function planRuns(
  { config, out, study, seeds }: { config: Config; out: string; study: AblationStudy; seeds: number },
  images: AblatedImages,
): Promise<PlannedRun[]> {
  if (study.rows.length === 0) throw new InputError('The ablation has no rows, expected at least one.');
  const names = study.rows.map(({ name }) => name);
  for (const [i, name] of names.entries()) {
    if (!/^[\p{L}\p{N}_=+][\p{L}\p{N}_ .,=+-]*$/u.test(name)) {
      throw new InputError(
        `Row "${name}": expected a name that can be a folder's, of letters, digits, spaces and ._,=+-, without a dot at its start.`,
      );
    }
    if (names.indexOf(name) !== i) throw new InputError(`Row "${name}" comes twice, expected a name for every row.`);
  }
  const configs: Config[] = [];
  for (const { name, settings } of study.rows) {
    configs.push(await loadConfig({ base: config, overrides: settings, origin: `Row "${name}"` }));
  }
  const runs: PlannedRun[] = [];
  for (let more = 0; more < seeds; more++) {
    for (const [row, { name }] of study.rows.entries()) {
      const seed = configs[row]!.seed + more;
      const folder = join(out, more === 0 ? name : `${name}-seed${seed}`);
      const settings = { ...configs[row]!, seed };
      runs.push({ row, name, seed, config: settings, folder, state: await stateOf(folder, settings, images) });
    }
  }
  const folders = runs.map(({ folder }) => folder);
  const shared = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (shared !== undefined) throw new InputError(`Two runs would share the folder ${shared}; rename a row.`);
  return runs;
}

/** What a folder holds. @throws InputError if that is a run with other settings or on other images */
async function stateOf(folder: string, config: Config, images: AblatedImages): Promise<PlannedRun['state']> {
  if (!holdsRun(folder)) return 'new';
  const [key, there, here] = differingSettings(await runConfig(folder), config)[0] ?? [];
  if (key !== undefined) {
    throw new InputError(
      `${folder} holds a run with other settings (${key} is ${there} there and ${here} here); choose another --out or remove it.`,
    );
  }
  const info = readRunInfo(folder);
  if (info !== undefined && (info.source !== resolve(images.source) || info.split !== images.split)) {
    throw new InputError(
      `${folder} holds a run on other images (${basename(info.source)}${info.split === undefined ? '' : `, split ${info.split}`}); choose another --out or remove it.`,
    );
  }
  if (info !== undefined && info.images !== images.count) {
    throw new InputError(
      `${folder} holds a run on ${info.images} images, ${images.source} holds ${images.count} now; choose another --out or remove it.`,
    );
  }
  const newest = listCheckpoints(folder).at(-1);
  if (newest === undefined || info === undefined) return 'started';
  return (await readCheckpointInfo(newest)).step >= info.totalSteps ? 'finished' : 'started';
}
