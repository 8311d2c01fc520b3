import type { NearestRows } from './nearest.js';
import { GROUP, type SimilarityBlock } from './similarity-blocks.js';

/** The memory rows that take part in a search, and in every block the groups that hold any of them. */
export class MemberRows {
  readonly #members: Uint8Array;
  readonly #groups: Int32Array[];

  /** @param members `[rows]`, not 0 where the row takes part */
  constructor(
    members: Uint8Array,
    readonly blockRows: number,
  ) {
    const blocks = Math.ceil(members.length / blockRows);
    // Whole blocks, so that the rows that fill up the last block are no members.
    this.#members = new Uint8Array(blocks * blockRows);
    this.#members.set(members);
    this.#groups = Array.from({ length: blocks }, (_, block) => groupsWithMembers(this.block(block * blockRows)));
  }

  /** `[blockRows]` of the block that starts at `firstRow`. */
  block(firstRow: number): Uint8Array {
    return this.#members.subarray(firstRow, firstRow + this.blockRows);
  }

  /** Groups of that block with at least one member, ascending. */
  groups(firstRow: number): Int32Array {
    return this.#groups[firstRow / this.blockRows]!;
  }
}

function groupsWithMembers(members: Uint8Array): Int32Array {
  const groups: number[] = [];
  for (let start = 0; start < members.length; start += GROUP) {
    if (members.subarray(start, start + GROUP).some((member) => member !== 0)) groups.push(start / GROUP);
  }
  return Int32Array.from(groups);
}

/**
 * Merges one block into the k best of its first `count` queries. One number per group and query is looked at; a group is
 * opened only if its highest similarity beats the k-th best of the query.
 */
export function selectNearest(block: SimilarityBlock, count: number, rows: MemberRows, best: NearestRows): void {
  const { firstRow, similarities, groupMax } = block;
  const { thresholds } = best;
  const members = rows.block(firstRow);
  const width = thresholds.length;
  for (const group of rows.groups(firstRow)) {
    const maxima = group * width;
    const end = (group + 1) * GROUP;
    for (let q = 0; q < count; q++) {
      if (groupMax[maxima + q]! > thresholds[q]!) {
        for (let row = group * GROUP; row < end; row++) {
          const similarity = similarities[row * width + q]!;
          if (similarity > thresholds[q]! && members[row] !== 0) best.insert(q, similarity, firstRow + row);
        }
      }
    }
  }
}
