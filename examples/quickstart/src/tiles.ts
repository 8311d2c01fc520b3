import type { Image } from '@cribo/augment';
import sharp from 'sharp';

/** Side of a tile of the picture in pixels. */
export const tileSize = 144;

const clusterColours = ['#ff595e', '#1982c4', '#ffca3a', '#8ac926', '#b072e8', '#ff924c', '#36c9c6', '#e86fb5'];

/** An image as a tile. */
export function imageTile({ width, height, data }: Image): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(tileSize, tileSize, { kernel: 'cubic' })
    .png()
    .toBuffer();
}

/** A view whose patches carry the colours of their clusters, with lines between clusters. */
export async function clusterTile(view: Image, clusters: Int32Array): Promise<Buffer> {
  const fill = (cluster: number) => `fill="${clusterColours[cluster % clusterColours.length]}" fill-opacity="0.58"`;
  return overlaid(view, clusters, fill, () => true);
}

/** A view in which everything but one cluster is dimmed. */
export async function objectTile(view: Image, clusters: Int32Array, chosen: number): Promise<Buffer> {
  const fill = (cluster: number) => (cluster === chosen ? 'fill="none"' : 'fill="#10141c" fill-opacity="0.72"');
  return overlaid(view, clusters, fill, (a, b) => a === chosen || b === chosen);
}

/** Draws one square per patch over a view, and a line between neighbouring patches of different clusters where `border` says so. */
async function overlaid(
  view: Image,
  clusters: Int32Array,
  fill: (cluster: number) => string,
  border: (a: number, b: number) => boolean,
): Promise<Buffer> {
  const side = Math.sqrt(clusters.length);
  const step = tileSize / side;
  const at = (row: number, column: number) => clusters[row * side + column]!;
  const shapes: string[] = [];
  const lines: string[] = [];
  const separate = (a: number, b: number, line: string) => {
    if (a !== b && border(a, b)) lines.push(line);
  };
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [column * step, row * step];
      shapes.push(`<rect x="${x}" y="${y}" width="${step}" height="${step}" ${fill(at(row, column))}/>`);
      if (column > 0) separate(at(row, column - 1), at(row, column), `M${x} ${y}v${step}`);
      if (row > 0) separate(at(row - 1, column), at(row, column), `M${x} ${y}h${step}`);
    }
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${tileSize}" height="${tileSize}" shape-rendering="crispEdges">
    ${shapes.join('')}<path d="${lines.join('')}" stroke="white" stroke-width="2" stroke-linecap="square" fill="none"/></svg>`;
  return sharp(await imageTile(view))
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}
