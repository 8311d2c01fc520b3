import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** Writes `count` pictures of 96 × 72 pixels for those who have no photos at hand: a few shapes on a plain ground. */
export async function drawImages(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      sharp(Buffer.from(scene(i)))
        .png()
        .toFile(join(folder, `scene-${i}.png`)),
    ),
  );
}

/** Picture number `i`; colours and places follow from the number alone. */
function scene(i: number): string {
  const hue = (n: number) => `hsl(${(i * 67 + n * 131) % 360} 60% ${35 + ((i * 29 + n * 17) % 40)}%)`;
  const x = (n: number) => 12 + ((i * 37 + n * 53) % 72);
  const y = (n: number) => 12 + ((i * 23 + n * 41) % 48);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="72">
    <rect width="96" height="72" fill="${hue(0)}"/>
    <rect y="${40 + (i % 12)}" width="96" height="40" fill="${hue(1)}"/>
    <circle cx="${x(2)}" cy="${y(2)}" r="${9 + (i % 7)}" fill="${hue(2)}"/>
    <rect x="${x(3) - 8}" y="${y(3) - 8}" width="18" height="22" fill="${hue(3)}"/>
  </svg>`;
}
