import { basename } from 'node:path';
import type { LookedAt } from './looked-at.js';
import { findMatches, type Match, seeNeighbour } from './matches.js';
import type { Teacher } from './teacher.js';
import type { ViewTile } from './tiles.js';
import type { ViewSource } from './view-source.js';

/** A view and one of its objects. */
export interface ObjectTile extends ViewTile {
  file: string;
  object: number;
}

/** An object and its nearest neighbour in the memory bank. */
export interface MatchPicture {
  query: ObjectTile;
  neighbour: ObjectTile;
  similarity: number;
  consistent: boolean;
  /** The step that stored the neighbour. */
  step: number;
  /** Cosine of the object drawn and the vector that the bank stores. */
  agreement: number;
}

/** Of each kind. */
const examples = 6;

/** Matches that pass the cycle check, then such that do not. */
export async function matchPictures(
  teacher: Teacher,
  source: ViewSource,
  { names, seen, tile, picture }: LookedAt,
): Promise<MatchPicture[]> {
  const pictures: MatchPicture[] = [];
  for (const match of chooseMatches(await findMatches(teacher, seen))) {
    const { row, view, object } = match.query;
    const { file, view: pixels, agreement, ...neighbour } = await seeNeighbour(teacher, source, match);
    pictures.push({
      query: { file: names[row]!, object, ...(await tile(row, view)) },
      neighbour: { file: basename(file), src: await picture(pixels), ...neighbour },
      similarity: match.similarity,
      consistent: match.consistent,
      step: match.origin.step,
      agreement,
    });
  }
  return pictures;
}

/** Some matches of both kinds: of the first images that have one, the one of the greatest cosine. */
function chooseMatches(matches: Match[]): Match[] {
  return [true, false].flatMap((kind) => {
    const best = new Map<number, Match>();
    for (const match of matches) {
      if (match.consistent !== kind) continue;
      const known = best.get(match.query.row);
      if (known === undefined || match.similarity > known.similarity) best.set(match.query.row, match);
    }
    return [...best.values()].slice(0, examples);
  });
}
