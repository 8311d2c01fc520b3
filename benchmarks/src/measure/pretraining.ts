import { type Config, createProgress, pretrain } from '@cribo/trainer';
import { peakRssMiB } from './process-memory.js';

export interface PretrainRequest {
  source: string;
  out: string;
  config: Config;
}

/** A run as `cribo pretrain` makes it; its speed is in the run folder's `metrics.jsonl`. */
export async function measurePretraining(request: PretrainRequest) {
  const progress = (total: number, first: number) => createProgress('pretrain', total, first);
  const { images, steps, seconds } = await pretrain({ ...request, progress });
  return { images, steps, seconds, peakRssMiB: peakRssMiB() };
}
