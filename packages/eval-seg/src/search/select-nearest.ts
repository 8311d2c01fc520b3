import type { NearestRows } from './nearest.js';
import type { SimilarityBlock } from './similarity-blocks.js';

/** Memory rows that are compared with the k-th best at once: eight loads and comparisons cost little more than one. */
export const GROUP = 8;

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
 * Merges one block into the k best of its first `count` queries. Rows are compared with the k-th best of every query in
 * groups; which row of a group it was, and whether it takes part, is looked up only where one beats it, which becomes rare soon.
 */
export function selectNearest(block: SimilarityBlock, count: number, rows: MemberRows, best: NearestRows): void {
  const { firstRow, similarities: s } = block;
  const { thresholds } = best;
  const members = rows.block(firstRow);
  const width = thresholds.length;
  for (const group of rows.groups(firstRow)) {
    const row0 = group * GROUP * width;
    const row1 = row0 + width;
    const row2 = row1 + width;
    const row3 = row2 + width;
    const row4 = row3 + width;
    const row5 = row4 + width;
    const row6 = row5 + width;
    const row7 = row6 + width;
    for (let q = 0; q < count; q++) {
      const threshold = thresholds[q]!;
      if (
        s[row0 + q]! > threshold ||
        s[row1 + q]! > threshold ||
        s[row2 + q]! > threshold ||
        s[row3 + q]! > threshold ||
        s[row4 + q]! > threshold ||
        s[row5 + q]! > threshold ||
        s[row6 + q]! > threshold ||
        s[row7 + q]! > threshold
      ) {
        openGroup(block, group, q, members, best);
      }
    }
  }
}

function openGroup(block: SimilarityBlock, group: number, q: number, members: Uint8Array, best: NearestRows): void {
  const { thresholds } = best;
  for (let row = group * GROUP; row < (group + 1) * GROUP; row++) {
    const similarity = block.similarities[row * thresholds.length + q]!;
    if (similarity > thresholds[q]! && members[row] !== 0) best.insert(q, similarity, block.firstRow + row);
  }
}
