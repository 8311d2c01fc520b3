import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Script and style sheet of the chart library, from the installed package, to be written into a page. */
export function uplotAssets(): { script: string; style: string } {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string) => readFileSync(resolve(`uplot/dist/${file}`), 'utf8');
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css') };
}
