import { type Html, html } from './html.js';

const few = ['#ff4f5e', '#2f8fe0', '#ffc629', '#7fc31c', '#b06be8', '#ff8a3d', '#22c3c0', '#f07ab8'];

/** The colour of an object, far from those of its neighbours in number. */
function objectColour(object: number, objects: number): string {
  if (objects <= few.length) return few[object]!;
  const hue = Math.round((object * 137.508) % 360);
  return `hsl(${hue} 80% ${[54, 66, 44][object % 3]}%)`;
}

/** The patches of a view in the colours of their objects; those of clusters that are not valid are grey. */
export function objectsOverlay(labels: readonly number[], valid: readonly boolean[]): Html {
  const side = Math.sqrt(labels.length);
  const objects = [...new Set(labels)].sort((a, b) => a - b);
  const paths = objects.map((object) => {
    const area = areaOf(labels, side, (label) => label === object);
    return valid[object]
      ? html`<path data-object="${object}" d="${area}" fill="${objectColour(object, valid.length)}" fill-opacity=".58"/>`
      : html`<path d="${area}" fill="#8b929c" fill-opacity=".7"/>`;
  });
  return overlay(
    side,
    html`${paths}<path class="edge ${side > 8 && 'fine'}" d="${edges(labels, side, (a, b) => a !== b)}"/>`,
  );
}

/** Everything but one object veiled, and a line around it. */
export function objectOutline(labels: readonly number[], object: number): Html {
  const side = Math.sqrt(labels.length);
  const outside = areaOf(labels, side, (label) => label !== object);
  const line = edges(labels, side, (a, b) => (a === object) !== (b === object)) + border(labels, side, object);
  return overlay(side, html`<path class="veil" d="${outside}"/><path class="edge object" d="${line}"/>`);
}

const overlay = (side: number, content: Html) =>
  html`<svg viewBox="0 0 ${side} ${side}" preserveAspectRatio="none" aria-hidden="true">${content}</svg>`;

/** A path over the patches whose label `belongs`, a rectangle per run in a row. */
function areaOf(labels: readonly number[], side: number, belongs: (label: number) => boolean): string {
  let path = '';
  for (let row = 0; row < side; row++) {
    for (let start = 0; start < side; ) {
      let end = start;
      while (end < side && belongs(labels[row * side + end]!)) end++;
      if (end > start) path += `M${start} ${row}h${end - start}v1h${start - end}z`;
      start = end + 1;
    }
  }
  return path;
}

/** The lines where patches of an object touch the border of the view, so that its outline is closed. */
function border(labels: readonly number[], side: number, object: number): string {
  let path = '';
  for (let i = 0; i < side; i++) {
    if (labels[i] === object) path += `M${i} 0h1`;
    if (labels[(side - 1) * side + i] === object) path += `M${i} ${side}h1`;
    if (labels[i * side] === object) path += `M0 ${i}v1`;
    if (labels[i * side + side - 1] === object) path += `M${side} ${i}v1`;
  }
  return path;
}

/** The lines between neighbouring patches whose labels `differ`. */
function edges(labels: readonly number[], side: number, differ: (a: number, b: number) => boolean): string {
  let path = '';
  const at = (row: number, column: number) => labels[row * side + column]!;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (column > 0 && differ(at(row, column - 1), at(row, column))) path += `M${column} ${row}v1`;
      if (row > 0 && differ(at(row - 1, column), at(row, column))) path += `M${column} ${row}h1`;
    }
  }
  return path;
}
