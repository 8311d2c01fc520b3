import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { type PresetName, presets } from './presets.js';
import { type Config, type ConfigInput, configSchema } from './schema.js';
import { withSetting } from './with-setting.js';

/** Where the parts of a configuration come from; later ones win, in the order of the fields. */
export interface ConfigSources {
  /** A whole configuration, such as that of a run to be continued. */
  base?: Config | undefined;
  preset?: string | undefined;
  /** A YAML or JSON file. */
  file?: string | undefined;
  overrides?: ConfigInput | undefined;
  /** Assignments as typed on the command line: `optimizer.lr=1e-3`. Values are YAML. */
  set?: string[] | undefined;
  /** What errors call the result; by default the file. */
  origin?: string | undefined;
}

/** Merges the sources and validates the result. Throws an `InputError` that names the key, what it got and what it wanted. */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  let input: Tree = { ...sources.base };
  if (sources.preset !== undefined) input = merge(input, presetNamed(sources.preset) as Tree);
  if (sources.file !== undefined) input = merge(input, await readConfigFile(sources.file));
  if (sources.overrides !== undefined) input = merge(input, sources.overrides as Tree);
  for (const assignment of sources.set ?? []) input = merge(input, parseAssignment(assignment));
  return parseConfig(input, sources.origin ?? sources.file);
}

/** Validates a configuration object. `origin` is named in the error (a file, say). */
export function parseConfig(input: unknown, origin?: string): Config {
  const result = configSchema.safeParse(input);
  if (result.success) return result.data;
  const where = origin === undefined ? 'The configuration' : origin;
  throw new InputError(`${where}: ${result.error.issues.map(describeIssue).join('; ')}.`);
}

type Tree = { [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const existing = merged[key];
    merged[key] = isTree(existing) && isTree(value) ? merge(existing, value) : value;
  }
  return merged;
}

function presetNamed(name: string): ConfigInput {
  if (Object.hasOwn(presets, name)) return presets[name as PresetName];
  throw new InputError(`No preset is called "${name}"; there are ${Object.keys(presets).join(', ')}.`);
}

async function readConfigFile(file: string): Promise<Tree> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError(`The configuration file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
  let tree: unknown;
  try {
    tree = parseYaml(text);
  } catch (error) {
    throw new InputError(`${file} is neither YAML nor JSON: ${(error as Error).message.split('\n')[0]}`);
  }
  if (!isTree(tree)) throw new InputError(`${file} holds ${JSON.stringify(tree)}, expected an object with sections.`);
  return tree;
}

function parseAssignment(assignment: string): Tree {
  const equals = assignment.indexOf('=');
  if (equals <= 0) {
    throw new InputError(`--set got "${assignment}", expected section.key=value, for example optimizer.lr=1e-3.`);
  }
  return withSetting({}, assignment.slice(0, equals), parseYaml(assignment.slice(equals + 1)));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${path === '' ? key : `${path}.${key}`}"`).join(', ');
    return `unknown key ${keys}; known here are ${knownKeys(issue.path).join(', ')}`;
  }
  return path === '' ? issue.message : `${path} ${issue.message}`;
}

/** The keys of the section at `path`, read from the schema's own JSON form. */
function knownKeys(path: PropertyKey[]): string[] {
  let section: { properties?: Record<string, unknown> } = z.toJSONSchema(configSchema, { io: 'input' });
  for (const key of path) section = section.properties?.[String(key)] as typeof section;
  return Object.keys(section.properties ?? {});
}
