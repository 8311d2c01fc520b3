import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema.js';
import { InputError } from '../errors.js';
import { type BackendEntry, backendRegistry, loadBackendModule } from './registry.js';

/**
 * Imports, registers and selects a TensorFlow.js backend: one of the registry's names, or the path of a module that
 * registers one. Throws an `InputError` that says what to install where a package is missing.
 */
export async function loadBackend(settings: Config['backend']): Promise<string> {
  const { name } = settings;
  const entry = Object.hasOwn(backendRegistry, name) ? backendRegistry[name] : undefined;
  if (entry === undefined && !isPath(name)) {
    const known = Object.keys(backendRegistry).join(', ');
    throw new InputError(
      `No backend is called "${name}"; there are ${known}, or the path of a module such as ./my-backend.mjs.`,
    );
  }
  // tfjs advises its own Node backend on the console whenever another one runs in Node.
  tf.env().set('PROD', true);
  try {
    const registered = await register(settings, entry);
    if (!(await tf.setBackend(registered))) throw new Error(`TensorFlow.js could not initialise "${registered}".`);
    await tf.ready();
    return registered;
  } catch (error) {
    throw new InputError(explain(name, entry?.packages ?? [], error as Error), { cause: error });
  }
}

/** Registers a backend unless that was done before in this process; returns its name. */
async function register(settings: Config['backend'], entry: BackendEntry | undefined): Promise<string> {
  if (entry === undefined) return loadBackendModule(settings.name);
  return tf.findBackendFactory(settings.name) ? settings.name : entry.load(settings);
}

/** Whether a name, of a backend or an index, is the path of a module. */
export const isPath = (name: string): boolean => /[./\\]/.test(name);

function explain(name: string, packages: string[], error: Error): string {
  const missing = packages.find((pkg) => isMissing(pkg, error));
  if (missing !== undefined) {
    return `Backend ${name} needs the package ${missing}, which is not installed here; run: npm install ${packages.join(' ')}`;
  }
  return `Backend ${name} could not be loaded: ${error.message.split('\n')[0]}`;
}

function isMissing(packageName: string, error: NodeJS.ErrnoException): boolean {
  const codes = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];
  return codes.includes(error.code ?? '') && error.message.includes(`'${packageName}'`);
}
