import type { DenseNNResult, Statistic } from '@cribo/eval-seg';
import type { Figure } from './record.js';

/** mIoU of the patches at every memory size, as in Table 1. */
export const denseNNFigures = ({ ratios }: Pick<DenseNNResult, 'ratios'>): Figure[] =>
  ratios.flatMap(({ factor, runs, patch }) => [
    { name: `mIoU 1/${factor}`, ...figureOf(patch.mIoU, runs) },
    ...(patch.mIoUSubset ? [{ name: `mIoU 1/${factor}, subset`, ...figureOf(patch.mIoUSubset, runs) }] : []),
  ]);

/** A statistic over so many runs; of one there is no deviation. */
export const figureOf = ({ mean, std }: Statistic, runs: number): Omit<Figure, 'name'> => ({
  value: mean,
  ...(runs > 1 && { std }),
});
