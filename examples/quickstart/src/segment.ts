import { evaluateDenseNN, type SegDataset } from '@cribo/eval-seg';
import type { Params } from '@cribo/tensor';
import { type NetworkConfig, patchFeatures } from '@cribo/trainer';

/** How well the patch features of a network retrieve labels. */
export interface Segmentation {
  /** Mean intersection over union of the patch labels, in percent. */
  mIoU: number;
  /** `[size, size]` labels that were predicted for every query image. */
  predictions: Uint8Array[];
}

/** Labels the patches of `query` by their nearest neighbours among those of `memory` (dense retrieval, Sec. 4.1). */
export async function segment(
  params: Params,
  network: NetworkConfig,
  { memory, query, imageSize }: { memory: SegDataset; query: SegDataset; imageSize: number },
): Promise<Segmentation> {
  const predictions: Uint8Array[] = [];
  const { ratios } = await evaluateDenseNN({
    model: patchFeatures(params, network),
    memory,
    query,
    imageSize,
    patchSize: network.backbone.patchSize,
    batchSize: 16,
    subsampling: [1],
    onPrediction({ image, pixels }) {
      predictions[image] = pixels;
    },
  });
  return { mIoU: 100 * ratios[0]!.patch.mIoU.mean!, predictions };
}
