import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gridStudy, loadConfig, parseConfig, parseVariation, readStudy, studies } from '../src/index.js';

const shared = parseConfig({ views: { imageSize: 32 }, clustering: { clusters: 4 }, bank: { images: 16 } });

describe('a grid', () => {
  it('has a row for every combination; the last setting varies fastest', () => {
    const study = gridStudy([
      { key: 'clustering.clusters', values: [2, 4] },
      { key: 'variant', values: ['paper', 'released'] },
    ]);
    expect(study).toEqual({
      title: 'Ablation of clustering.clusters and variant',
      columns: ['clusters', 'variant'],
      rows: [
        { name: 'clusters=2,variant=paper', cells: ['2', 'paper'], settings: settings(2, 'paper') },
        { name: 'clusters=2,variant=released', cells: ['2', 'released'], settings: settings(2, 'released') },
        { name: 'clusters=4,variant=paper', cells: ['4', 'paper'], settings: settings(4, 'paper') },
        { name: 'clusters=4,variant=released', cells: ['4', 'released'], settings: settings(4, 'released') },
      ],
    });
  });
  const settings = (clusters: number, variant: string) => ({ clustering: { clusters }, variant });

  it('takes values in brackets, booleans and paths, and puts settings of one section together', () => {
    expect(parseVariation('clustering.posAlpha=[1,1],[2, 2]')).toEqual({
      key: 'clustering.posAlpha',
      values: [
        [1, 1],
        [2, 2],
      ],
    });
    expect(parseVariation('losses.object=true,false').values).toEqual([true, false]);
    const { rows } = gridStudy([
      { key: 'clustering.posAlpha', values: [[1, 2]] },
      { key: 'clustering.method', values: ['kmeans'] },
      { key: 'oracle.masks', values: ['data/masks'] },
    ]);
    expect(rows).toEqual([
      {
        name: 'posAlpha=1-2,method=kmeans,masks=data-masks',
        cells: ['[1,2]', 'kmeans', 'data/masks'],
        settings: { clustering: { posAlpha: [1, 2], method: 'kmeans' }, oracle: { masks: 'data/masks' } },
      },
    ]);
  });

  it('names settings in full where their last part is not enough', () => {
    const { columns } = gridStudy([
      { key: 'optimizer.name', values: ['sgd'] },
      { key: 'backend.name', values: ['cpu'] },
      { key: 'seed', values: [1] },
    ]);
    expect(columns).toEqual(['optimizer.name', 'backend.name', 'seed']);
  });

  it.each([
    ['clusters', '--vary got "clusters", expected section.key=value,value, for example clustering.clusters=8,16.'],
    ['bank.images=', '--vary bank.images lists no value, expected at least one.'],
    ['bank.images=1,[2', '--vary bank.images got "1,[2", expected values with commas between them.'],
    ['bank.images=1,~', '--vary bank.images got "1,~", expected values with commas between them.'],
  ])('refuses %s', (text, sentence) => {
    expect(() => parseVariation(text)).toThrow(sentence);
  });

  it('refuses a setting that comes twice', () => {
    const variation = { key: 'seed', values: [1] };
    expect(() => gridStudy([variation, variation])).toThrow(
      '--vary seed is given twice, expected all of its values in',
    );
  });
});

describe('the studies of the paper', () => {
  it('Table 5 has three rows of loss terms', () => {
    const { columns, rows } = studies.losses();
    expect(columns).toEqual(['global', 'object, cross-view', 'object, cross-image']);
    expect(rows.map(({ cells }) => cells.join(''))).toEqual(['✓––', '✓✓–', '✓✓✓']);
    expect(rows.map(({ settings }) => settings.losses)).toEqual([
      { global: true, object: false, crossImage: false },
      { global: true, object: true, crossImage: false },
      { global: true, object: true, crossImage: true },
    ]);
  });

  it('numbers of clusters and sizes of banks lie around the shared ones, and no more clusters than patches', () => {
    // Two views of 32 px in patches of 16 px are 8 patches.
    expect(studies.clusters(shared).rows.map(({ name }) => name)).toEqual(['K=2', 'K=4', 'K=8']);
    expect(studies.bank(shared).rows.map(({ name }) => name)).toEqual(['S=2', 'S=4', 'S=8', 'S=16', 'S=32']);
  });

  it.each(Object.keys(studies) as (keyof typeof studies)[])(
    '%s has valid settings and a cell per column',
    async (name) => {
      const { columns, rows } = studies[name](shared);
      const base = { ...shared, oracle: { masks: 'masks' } };
      for (const { settings, cells } of rows) {
        expect(await loadConfig({ base, overrides: settings })).not.toEqual(undefined);
        expect(cells).toHaveLength(columns.length);
      }
      const resulting = await Promise.all(rows.map(({ settings }) => loadConfig({ base, overrides: settings })));
      expect(new Set(resulting.map((config) => JSON.stringify(config))).size).toBe(rows.length);
    },
  );
});

describe('a file of rows', () => {
  const put = (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'cribo-rows-')), 'rows.yaml');
    writeFileSync(file, text);
    return file;
  };

  it('names rows and their settings, by path or as sections', async () => {
    const file = put(`
title: Two ways
rows:
  - name: as it is
  - name: small bank
    set: { bank.images: 8, clustering: { clusters: 2 }, clustering.method: kmeans }
`);
    expect(await readStudy(file)).toEqual({
      title: 'Two ways',
      columns: [],
      rows: [
        { name: 'as it is', settings: {}, cells: [] },
        {
          name: 'small bank',
          settings: { bank: { images: 8 }, clustering: { clusters: 2, method: 'kmeans' } },
          cells: [],
        },
      ],
    });
  });

  it.each([
    ['rows: []', /rows\.yaml: rows: .*; expected rows, a list of \{ name, set \}\.$/],
    ['rows: [{ set: {} }]', /rows\.yaml: rows\.0\.name: .*; expected rows/],
    ['rows: [{ name: a, sets: {} }]', /rows\.yaml: rows\.0: .*sets.*; expected rows/],
    ['rows: [', /rows\.yaml is neither YAML nor JSON: /],
  ])('refuses %s', async (text, sentence) => {
    await expect(readStudy(put(text))).rejects.toThrow(sentence);
  });

  it('refuses a file that is not there', async () => {
    await expect(readStudy('/nowhere.yaml')).rejects.toThrow('The file of rows /nowhere.yaml cannot be read: ENOENT.');
  });
});
