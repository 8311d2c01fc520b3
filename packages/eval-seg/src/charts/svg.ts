/** Text that may stand in an SVG. */
function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

/** A label; `anchor` says which end of it `x` is. */
export function label(
  x: number,
  y: number,
  text: string,
  { anchor = 'start', size = 12, fill = '#15191f' } = {},
): string {
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${fill}">${escaped(text)}</text>`;
}

/** A picture of `width` x `height` units on white. */
export function picture(width: number, height: number, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="DejaVu Sans, Arial, Helvetica, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...content,
    '</svg>',
  ].join('\n');
}

/** Room for the longest of the names at a font size, roughly: SVG without a renderer cannot measure text. */
export const widthOf = (names: readonly string[], size: number): number =>
  Math.ceil(Math.max(0, ...names.map((name) => name.length)) * size * 0.62);
