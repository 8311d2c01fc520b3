import { combineCycles } from '@cribo/losses';
import type { Retrieval } from '@cribo/memory-bank';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from './config/schema.js';

/** A mask for the matches found from view 1 and one for those found from view 2: `[1,R]` bool, or float32 from 0 to 1. */
export type PairMasks = [tf.Tensor2D, tf.Tensor2D];

/**
 * Which retrieved neighbours become positive pairs (Table 8; `cycle` is Eq. 4). Objects that are not valid never do.
 *
 * @param sameClass for `labels`: the neighbour is of the class of its object
 */
export function positivePairs(
  { mask, mask2, index, index2 }: Retrieval,
  criterion: Config['bootstrapping']['criterion'],
  sameClass?: PairMasks,
): PairMasks {
  return tf.tidy((): PairMasks => {
    const combined = (how: 'min' | 'max' | 'avg'): PairMasks => {
      const both = combineCycles(mask, mask2, how);
      return [both, both];
    };
    switch (criterion) {
      case 'cycle':
        return [mask, mask2];
      case 'none':
        return [tf.greaterEqual(index, 0), tf.greaterEqual(index2, 0)];
      case 'cycle-min':
        return combined('min');
      case 'cycle-max':
        return combined('max');
      case 'cycle-avg':
        return combined('avg');
      case 'labels':
        if (sameClass === undefined) throw new Error('criterion: labels, expected the batch to have classes');
        return sameClass;
    }
  });
}
