/** A choice between the method as the paper states it and as the authors' released code computes it. */
export type Variant = 'paper' | 'released';

/** Settings of `clusterJointly` and `clusterKMeans`. */
export interface ClusterOptions {
  /** Number of clusters K of every image; at most its 2N tokens. */
  clusters: number;
  /**
   * What the two differ in:
   *
   * | | `paper` | `released` |
   * |---|---|---|
   * | column marginal | uniform 1/K (Eq. 14) | after every iteration proportional to (member count + 0.01) |
   * | positional cost of a member | 0 (Eq. 17 counts the token itself) | distance to the nearest *other* member |
   * | scaling of the cost to [0,1] | per image | over the whole batch |
   */
  variant: Variant;
  /** Weight of the positional cost against the cosine of features, lambda_pos of Eq. 16; 0 leaves positions out. */
  posAlpha: number;
  /** Sharpness of the transport plan (Eq. 13). Default 20. K-means has no use for it. */
  lambda?: number;
  /** Sinkhorn iterations within one clustering iteration. Default 5. K-means has no use for it. */
  sinkhornIterations?: number;
  /** Iterations of assignment and centroid update. Default 5. */
  iterations?: number;
  /** Overrides the column marginal of the variant: true follows the member counts, false keeps it uniform. */
  updateMarginal?: boolean;
  /**
   * Says that the N positions of each view form an axis-aligned grid: token `row * columns + column` lies at (x of its
   * column, y of its row). Crops, flips and resizes are of this kind, rotations are not. The nearest member is then found
   * row by row, at a cost that grows with N^1.5 K instead of N^2 K. It is not verified.
   */
  grid?: Grid;
  /** Also return what every iteration computed. Default false. */
  history?: boolean;
}

/** How the patches of one view are laid out. */
export interface Grid {
  rows: number;
  columns: number;
}
