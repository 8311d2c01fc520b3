import type { Config } from '../config/schema.js';

/** Settings that change how a run goes about its work but not what it computes. */
const withoutEffect = new Set([
  'training.checkpointEvery',
  'training.checkpointEverySteps',
  'training.keepCheckpoints',
  'loading.workers',
  'loading.prefetch',
  'loading.cacheMegabytes',
  'loading.strict',
  'loading.maxUnreadable',
  'logging.phasesEvery',
  'logging.tensorboard',
  'logging.report',
]);

/** The settings that two runs differ in and that change what they compute: path, and both values as JSON. */
export function differingSettings(a: Config, b: Config): [key: string, a: string, b: string][] {
  const [first, second] = [flat(a), flat(b)];
  return [...new Set([...first.keys(), ...second.keys()])]
    .filter((key) => !withoutEffect.has(key) && first.get(key) !== second.get(key))
    .map((key) => [key, first.get(key) ?? 'not set', second.get(key) ?? 'not set']);
}

/** Every setting as JSON, by its path. */
function flat(tree: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]): [string, string][] => {
      if (value === undefined) return [];
      if (typeof value !== 'object' || Array.isArray(value)) return [[prefix + key, JSON.stringify(value)]];
      return [...flat(value, `${prefix}${key}.`)];
    }),
  );
}
