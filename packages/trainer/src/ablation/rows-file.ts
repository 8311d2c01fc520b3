import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { ConfigInput } from '../config/schema.js';
import { withSetting } from '../config/with-setting.js';
import { InputError } from '../errors.js';
import type { AblationStudy } from './study.js';

const schema = z.strictObject({
  title: z.string().default('Ablation'),
  rows: z.array(z.strictObject({ name: z.string().min(1), set: z.record(z.string(), z.unknown()).default({}) })).min(1),
});

/**
 * Reads a study from a YAML or JSON file: an optional `title`, and `rows` with a `name` and the settings to `set`, by their
 * path or as sections (`set: { clustering.clusters: 8, losses: { crossImage: false } }`).
 * @throws InputError of one sentence that names the file and the field
 */
export async function readStudy(file: string): Promise<AblationStudy> {
  let tree: unknown;
  try {
    tree = parseYaml(await readFile(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(
      code?.startsWith('E') === true
        ? `The file of rows ${file} cannot be read: ${code}.`
        : `${file} is neither YAML nor JSON: ${message.split('\n')[0]}`,
    );
  }
  const read = schema.safeParse(tree);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = issue!.path.length === 0 ? '' : `${issue!.path.join('.')}: `;
    throw new InputError(`${file}: ${path}${issue!.message}; expected rows, a list of { name, set }.`);
  }
  const { title, rows } = read.data;
  return {
    title,
    columns: [],
    rows: rows.map(({ name, set }) => ({
      name,
      settings: Object.entries(set).reduce<ConfigInput>((all, [key, value]) => withSetting(all, key, value), {}),
      cells: [],
    })),
  };
}
