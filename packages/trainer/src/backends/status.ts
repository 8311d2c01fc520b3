import { createRequire } from 'node:module';
import { backendRegistry } from './registry.js';

export interface BackendStatus {
  name: string;
  description: string;
  /** Packages that are not installed; none if the backend can be loaded. */
  missing: string[];
}

/** Every named backend and what it lacks here. Looks packages up without loading them. */
export function backendStatus(): BackendStatus[] {
  const { resolve } = createRequire(import.meta.url);
  const installed = (name: string) => {
    try {
      resolve(name);
      return true;
    } catch (error) {
      // A package without a CommonJS entry is there nevertheless.
      return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    }
  };
  return Object.entries(backendRegistry).map(([name, { description, packages }]) => ({
    name,
    description,
    missing: packages.filter((pkg) => !installed(pkg)),
  }));
}
