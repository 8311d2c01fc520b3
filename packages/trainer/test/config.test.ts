import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../src/config/load.js';
import { type PresetName, presets } from '../src/config/presets.js';

describe('configuration', () => {
  it('is complete without any input: the settings of the released ViT-S', () => {
    const config = parseConfig({});
    expect(config.variant).toBe('paper');
    expect(config.model).toEqual({ arch: 'vit_small', patchSize: 16, dropPath: 0.1, recompute: false });
    expect(config.head.outDim).toBe(65536);
    expect(config.bank.images).toBe(25_000);
  });

  it.each(Object.keys(presets) as PresetName[])('preset %s is valid', async (preset) => {
    expect(await loadConfig({ preset })).toBeDefined();
  });

  it('lets later sources win, key by key', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'cribo-')), 'config.yaml');
    writeFileSync(file, 'optimizer: { lr: 0.002 }\nclustering:\n  clusters: 8\n');
    const config = await loadConfig({
      preset: 'vit-s-coco',
      file,
      overrides: { seed: 3 },
      set: ['clustering.clusters=6', 'views.cropScale=[0.3, 0.9]'],
    });
    expect(config.optimizer.lr).toBe(0.002);
    expect(config.clustering).toMatchObject({ clusters: 6, posAlpha: [2, 2] });
    expect(config.views.cropScale).toEqual([0.3, 0.9]);
    expect(config.seed).toBe(3);
  });

  it('names an unknown key and the known ones', () => {
    expect(() => parseConfig({ optimizer: { learningRate: 1 } }, 'my.yaml')).toThrow(
      /^my\.yaml: unknown key "optimizer\.learningRate"; known here are name, lr, minLr/,
    );
  });

  it('refuses more clusters than tokens, and says how many there are', () => {
    const config = { views: { imageSize: 32 }, clustering: { clusters: 9 } };
    expect(() => parseConfig(config)).toThrow(/clustering\.clusters is 9, expected at most the 8 patch tokens/);
  });

  it('refuses an image size that patches do not tile', () => {
    expect(() => parseConfig({ views: { imageSize: 100 } })).toThrow(/views\.imageSize is 100, expected a multiple/);
  });

  it('refuses a file that is not there, a malformed one, and a malformed assignment', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'cribo-')), 'broken.yaml');
    writeFileSync(file, 'optimizer: [');
    await expect(loadConfig({ file: '/nowhere/c.yaml' })).rejects.toThrow('/nowhere/c.yaml cannot be read: ENOENT');
    await expect(loadConfig({ file })).rejects.toThrow(/neither YAML nor JSON/);
    await expect(loadConfig({ set: ['lr'] })).rejects.toThrow(/expected section\.key=value/);
    await expect(loadConfig({ preset: 'vit-xl' })).rejects.toThrow(/No preset is called "vit-xl"/);
  });
});
