import type { Config, ConfigInput } from '../config/schema.js';
import type { AblationStudy } from './study.js';

/** The studies that `--study` can name. They depend on the settings that all rows share. */
export const studies = {
  /** Table 5: which loss terms. */
  losses: (): AblationStudy => {
    const terms = (name: string, object: boolean, crossImage: boolean) => ({
      name,
      settings: { losses: { global: true, object, crossImage } },
      cells: [mark(true), mark(object), mark(crossImage)],
    });
    return {
      title: 'Loss terms (Table 5)',
      columns: ['global', 'object, cross-view', 'object, cross-image'],
      rows: [
        terms('global', false, false),
        terms('global+object', true, false),
        terms('global+object+cross-image', true, true),
      ],
    };
  },

  /** Table 8: which retrieved neighbours become positive pairs. */
  criterion: (): AblationStudy =>
    single('Criterion of the positive pairs (Table 8)', 'criterion', [
      ...(['none', 'cycle', 'cycle-min', 'cycle-max', 'cycle-avg'] as const).map(
        (criterion): Value => [criterion, { bootstrapping: { criterion }, losses: { crossImage: true } }],
      ),
    ]),

  /** Table 12: how patches are grouped. */
  clustering: (): AblationStudy =>
    single('Clustering (Table 12)', 'clustering', [
      ['sinkhorn', { clustering: { method: 'sinkhorn' } }],
      ['kmeans', { clustering: { method: 'kmeans' } }],
    ]),

  /** Table 11: what labels in place of clusters and of the cycle check would give. Needs `oracle.masks`. */
  oracle: (): AblationStudy => {
    const row = (name: string, method: 'sinkhorn' | 'masks', criterion: 'cycle' | 'labels') => ({
      name,
      settings: { clustering: { method }, bootstrapping: { criterion }, losses: { crossImage: true } },
      cells: [method === 'masks' ? 'masks' : 'clusters', criterion],
    });
    return {
      title: 'Supervised oracles (Table 11)',
      columns: ['objects', 'positive pairs'],
      rows: [
        row('unsupervised', 'sinkhorn', 'cycle'),
        row('masks', 'masks', 'cycle'),
        row('labels', 'sinkhorn', 'labels'),
        row('masks+labels', 'masks', 'labels'),
      ],
    };
  },

  /** K, from a quarter of the shared setting to four times it, as far as there are patches. */
  clusters: ({ clustering, views, model }: Config): AblationStudy => {
    const tokens = 2 * (views.imageSize / model.patchSize) ** 2;
    return single(
      'Number of clusters',
      'K',
      around(clustering.clusters, [1 / 4, 1 / 2, 1, 2, 4])
        .filter((clusters) => clusters <= tokens)
        .map((clusters): Value => [`${clusters}`, { clustering: { clusters } }, `K=${clusters}`]),
    );
  },

  /** λ_pos, constant over the run. */
  pos: (): AblationStudy =>
    single(
      'Weight of the positional cue',
      'λ_pos',
      [0, 0.5, 1, 2, 4].map((weight): Value => {
        return [`${weight}`, { clustering: { posAlpha: [weight, weight] } }, `lambda_pos=${weight}`];
      }),
    ),

  /** S, from an eighth of the shared setting to twice it. */
  bank: ({ bank }: Config): AblationStudy =>
    single(
      'Capacity of the memory bank in images',
      'S',
      around(bank.images, [1 / 8, 1 / 4, 1 / 2, 1, 2]).map((images): Value => {
        return [`${images}`, { bank: { images } }, `S=${images}`];
      }),
    ),
} satisfies Record<string, (shared: Config) => AblationStudy>;

export type StudyName = keyof typeof studies;

/** The text of a value, its settings, and the name of its row where that is not the text. */
type Value = [text: string, settings: ConfigInput, name?: string];

/** A study in which one thing differs. */
const single = (title: string, column: string, values: readonly Value[]): AblationStudy => ({
  title,
  columns: [column],
  rows: values.map(([text, settings, name = text]) => ({ name, settings, cells: [text] })),
});

/** Whole multiples of a number from 2 on, each once. */
const around = (center: number, factors: readonly number[]) => [
  ...new Set(factors.map((factor) => Math.max(2, Math.round(center * factor)))),
];

const mark = (on: boolean) => (on ? '✓' : '–');
