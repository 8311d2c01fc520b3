import { parse as parseYaml } from 'yaml';
import { withSetting } from '../config/with-setting.js';
import { InputError } from '../errors.js';
import type { AblationRow, AblationStudy } from './study.js';

/** A setting and the values it takes. */
export interface Variation {
  /** Such as `clustering.clusters`. */
  key: string;
  values: readonly unknown[];
}

/**
 * Reads `key=v1,v2,…`, as typed on the command line. Values are YAML; those with commas stand in brackets,
 * `clustering.posAlpha=[1,1],[2,2]`.
 * @throws InputError of one sentence
 */
export function parseVariation(text: string): Variation {
  const equals = text.indexOf('=');
  if (equals <= 0) {
    throw new InputError(
      `--vary got "${text}", expected section.key=value,value, for example clustering.clusters=8,16.`,
    );
  }
  const [key, listed] = [text.slice(0, equals), text.slice(equals + 1)];
  let values: unknown;
  try {
    values = parseYaml(`[${listed}]`);
  } catch {
    values = undefined;
  }
  if (!Array.isArray(values) || values.some((value) => value === null)) {
    throw new InputError(`--vary ${key} got "${listed}", expected values with commas between them.`);
  }
  if (values.length === 0) throw new InputError(`--vary ${key} lists no value, expected at least one.`);
  return { key, values };
}

/** All combinations of the values of some settings; the last one varies fastest. @throws InputError if a key comes twice */
export function gridStudy(variations: readonly Variation[]): AblationStudy {
  const keys = variations.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw new InputError(`--vary ${twice} is given twice, expected all of its values in one.`);
  // The last part of a key is enough where it is not ambiguous.
  const last = keys.map((key) => key.split('.').at(-1)!);
  const names = keys.map((key, i) => (last.filter((name) => name === last[i]).length > 1 ? key : last[i]!));
  let rows: AblationRow[] = [{ name: '', settings: {}, cells: [] }];
  for (const [i, { key, values }] of variations.entries()) {
    rows = rows.flatMap(({ name, settings, cells }) =>
      values.map((value) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        const part = `${names[i]}=${text.replaceAll(/[^\w.+-]+/g, '-').replaceAll(/^-|-$/g, '')}`;
        return {
          name: name === '' ? part : `${name},${part}`,
          settings: withSetting(settings, key, value),
          cells: [...cells, text],
        };
      }),
    );
  }
  return { title: `Ablation of ${keys.join(' and ')}`, columns: names, rows };
}
