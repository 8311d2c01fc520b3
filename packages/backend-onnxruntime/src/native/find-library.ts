/** Names of ONNX Runtime's library on Linux, macOS and Windows. */
const LIBRARY = /^(libonnxruntime\.so(\.\d+)*|libonnxruntime(\.\d+)*\.dylib|onnxruntime\.dll)$/;

/** The library that the installed `onnxruntime-node` brings for this machine; undefined where there is none. */
export async function findLibrary(): Promise<string | undefined> {
  const { createRequire } = await builtin<typeof import('node:module')>('module');
  const { existsSync, readdirSync } = await builtin<typeof import('node:fs')>('fs');
  const { dirname, join } = await builtin<typeof import('node:path')>('path');
  const root = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')), 'bin');
  // One folder per version of Node's binary interface.
  for (const version of readdirSync(root)) {
    const folder = join(root, version, process.platform, process.arch);
    const file = existsSync(folder) ? readdirSync(folder).find((name) => LIBRARY.test(name)) : undefined;
    if (file !== undefined) return join(folder, file);
  }
  return undefined;
}

/** A module of Node, in a way that bundlers for browsers do not follow. */
async function builtin<T>(name: string): Promise<T> {
  return (await import(/* @vite-ignore */ `node:${name}`)) as T;
}
