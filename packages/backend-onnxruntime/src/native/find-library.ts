/** Names of ONNX Runtime's library on Linux, macOS and Windows. */
const LIBRARY = /^(libonnxruntime\.so(\.\d+)*|libonnxruntime(\.\d+)*\.dylib|onnxruntime\.dll)$/;

/** The library that the installed `onnxruntime-node` brings for this machine; undefined where there is none. */
export async function findLibrary(): Promise<string | undefined> {
  const [{ createRequire }, { readdirSync }, { dirname, join }] = await Promise.all([
    import('node:module'),
    import('node:fs'),
    import('node:path'),
  ]);
  const root = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')), 'bin');
  for (const napi of readdirSync(root)) {
    const folder = join(root, napi, process.platform, process.arch);
    const file = readdirSync(folder).find((name) => LIBRARY.test(name));
    if (file !== undefined) return join(folder, file);
  }
  return undefined;
}
