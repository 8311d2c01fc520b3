import type { ConfigInput } from './schema.js';

type Tree = Record<string, unknown>;

/** Settings with one more, named by its path: `withSetting({}, 'bank.images', 8)` is `{ bank: { images: 8 } }`. */
export function withSetting(settings: ConfigInput, key: string, value: unknown): ConfigInput {
  const set = (tree: Tree, [head, ...rest]: string[]): Tree => ({
    ...tree,
    [head!]: rest.length === 0 ? value : set((tree[head!] ?? {}) as Tree, rest),
  });
  return set(settings as Tree, key.split('.')) as ConfigInput;
}
