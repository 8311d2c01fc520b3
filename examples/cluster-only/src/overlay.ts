import sharp from 'sharp';
import type { View } from './view.js';

const COLOURS = [
  '#e6194b',
  '#3cb44b',
  '#ffe119',
  '#4363d8',
  '#f58231',
  '#911eb4',
  '#42d4f4',
  '#f032e6',
  '#9a6324',
  '#000075',
];

/** Writes a PNG: both views side by side, and below them the same with every patch in the colour of its cluster. */
export async function writeOverlay(views: View[], labels: number[][], patchSize: number, file: string): Promise<void> {
  const size = views[0]!.size;
  const tiles = await Promise.all(
    views.map(({ pixels }) =>
      sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
        .png()
        .toBuffer(),
    ),
  );
  await sharp({ create: { width: 2 * size, height: 2 * size, channels: 3, background: 'white' } })
    .composite(
      tiles.flatMap((input, view) => [
        { input, left: view * size, top: 0 },
        { input, left: view * size, top: size },
        { input: clusterLayer(labels[view]!, size, patchSize), left: view * size, top: size },
      ]),
    )
    .png()
    .toFile(file);
}

/** Translucent squares, one per patch. */
function clusterLayer(labels: number[], size: number, patchSize: number): Buffer {
  const side = size / patchSize;
  const squares = labels.map((label, n) => {
    const [x, y] = [(n % side) * patchSize, Math.floor(n / side) * patchSize];
    const colour = COLOURS[label % COLOURS.length];
    return `<rect x="${x}" y="${y}" width="${patchSize}" height="${patchSize}" fill="${colour}" fill-opacity="0.65"/>`;
  });
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${squares.join('')}</svg>`,
  );
}
