import { grayscale } from '@cribo/augment';
import { overlaySegmentation, type Palette, type SegItem } from '@cribo/eval-seg';
import sharp from 'sharp';
import type { Match, SceneObjects } from './objects.js';
import type { Segmentation } from './segment.js';
import { clusterTile, imageTile, objectTile, tileSize } from './tiles.js';

/** What the picture is made of. */
export interface PictureParts {
  /** The labelled scenes, what was found in them, and the numbers of those that get a row. */
  items: SegItem[];
  found: SceneObjects[];
  shown: number[];
  /** One per shown scene. */
  matches: (Match | undefined)[];
  classes: readonly string[];
  random: Segmentation;
  trained: Segmentation;
  /** Optimisation steps of the pretraining. */
  steps: number;
}

const palette: Palette = [
  [0, 0, 0],
  [255, 89, 94],
  [138, 201, 38],
  [25, 130, 196],
  [255, 202, 58],
  [176, 114, 232],
  [54, 201, 198],
];

const gap = 8;
/** Space between the groups of columns that belong together. */
const groupGap = 26;
const header = 74;
const footer = 44;

/** Writes one row per shown scene: image, clusters of both views, a match, the predicted segmentations and the true one. */
export async function writePicture(file: string, parts: PictureParts): Promise<void> {
  const { shown, random, trained } = parts;
  const columns = [
    { group: 'input', title: 'scene' },
    { group: 'patches clustered in two views', title: 'view 1' },
    { title: 'view 2' },
    { group: 'matched across scenes', title: 'object' },
    { title: 'nearest neighbour' },
    { group: 'segmentation by retrieval of patch labels (mIoU)', title: `random, ${random.mIoU.toFixed(1)} %` },
    { title: `pretrained, ${trained.mIoU.toFixed(1)} %` },
    { title: 'truth' },
  ];
  let right = 0;
  const placed = columns.map((column, c) => {
    const left = c === 0 ? gap : right + (column.group === undefined ? gap : groupGap);
    right = left + tileSize;
    return { ...column, left };
  });
  const rows = await Promise.all(shown.map((_, row) => tilesOfRow(parts, row)));
  const width = right + gap;
  const height = header + rows.length * (tileSize + gap) + footer;
  const tiles = rows.flatMap((row, r) =>
    row.flatMap((input, c) => (input ? [{ input, left: placed[c]!.left, top: header + r * (tileSize + gap) }] : [])),
  );
  const lettering = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
    font-family="Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif" fill="#1f2733">
    ${placed.map((column, c) => columnTitle(column, groupWidth(columns, c))).join('')}
    <text x="${gap}" y="${height - footer / 2 + 7}" font-size="14">CrIBo on drawn scenes, ${parts.steps} steps without labels</text>
    ${legend(parts.classes, width, height - footer / 2 + 2)}</svg>`);
  await sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite([...tiles, { input: lettering, left: 0, top: 0 }])
    .png({ palette: true, quality: 95, effort: 9 })
    .toFile(file);
}

async function tilesOfRow(parts: PictureParts, row: number): Promise<(Buffer | undefined)[]> {
  const { items, found, shown, matches, random, trained } = parts;
  const scene = shown[row]!;
  const { image, mask } = items[scene]!;
  const { views, clusters } = found[scene]!;
  const match = matches[row];
  const faded = grayscale(image);
  const labelled = (data: Uint8Array) =>
    imageTile(overlaySegmentation(faded, { width: mask.width, height: mask.height, data }, { palette, opacity: 0.75 }));
  const object = ({ scene, cluster }: Match['object']) =>
    objectTile(found[scene]!.views[0], found[scene]!.clusters[0], cluster);
  return Promise.all([
    imageTile(image),
    clusterTile(views[0], clusters[0]),
    clusterTile(views[1], clusters[1]),
    match && object(match.object),
    match && object(match.neighbour),
    labelled(random.predictions[scene]!),
    labelled(trained.predictions[scene]!),
    labelled(mask.data),
  ]);
}

/** How wide the group is that begins at column `first`. */
function groupWidth(columns: { group?: string }[], first: number): number {
  const next = columns.findIndex(({ group }, c) => c > first && group !== undefined);
  const count = (next < 0 ? columns.length : next) - first;
  return count * (tileSize + gap) - gap;
}

function columnTitle({ left, title, group }: { left: number; title: string; group?: string }, width: number): string {
  const name = `<text x="${left + tileSize / 2}" y="${header - 12}" font-size="14" text-anchor="middle">${title}</text>`;
  if (group === undefined) return name;
  return `${name}<text x="${left + width / 2}" y="22" font-size="14" font-weight="bold" text-anchor="middle">${group}</text>
    <path d="M${left} 34h${width}" stroke="#b8c0cc"/>`;
}

function legend(classes: readonly string[], width: number, y: number): string {
  const step = 92;
  const left = width - gap - step * (classes.length - 1);
  return classes
    .slice(1)
    .map((name, i) => {
      const x = left + i * step;
      return `<rect x="${x}" y="${y - 7}" width="14" height="14" rx="3" fill="rgb(${palette[i + 1]})"/>
        <text x="${x + 20}" y="${y + 5}" font-size="14">${name}</text>`;
    })
    .join('');
}
