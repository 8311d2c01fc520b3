import type { LookedAt } from './looked-at.js';
import type { ViewTile } from './tiles.js';

/** The clusters of an image, found jointly in both of its views. */
export interface ClusterPicture {
  file: string;
  views: [ViewTile, ViewTile];
  /** Per cluster, whether it has patches in both views. */
  valid: boolean[];
}

const examples = 6;

/** The clusters of the first images. */
export function clusterPictures({ rows, names, tile, valid }: LookedAt): Promise<ClusterPicture[]> {
  return Promise.all(
    rows.slice(0, examples).map(async (row) => ({
      file: names[row]!,
      views: [await tile(row, 0), await tile(row, 1)] satisfies [ViewTile, ViewTile],
      valid: valid(row),
    })),
  );
}
