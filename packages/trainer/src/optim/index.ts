import type { Config } from '../config/schema.js';
import { AdamW } from './adamw.js';
import { Lars } from './lars.js';
import type { Optimizer } from './optimizer.js';
import { Sgd } from './sgd.js';

export function createOptimizer(name: Config['optimizer']['name']): Optimizer {
  switch (name) {
    case 'adamw':
      return new AdamW();
    case 'sgd':
      return new Sgd();
    case 'lars':
      return new Lars();
  }
}
