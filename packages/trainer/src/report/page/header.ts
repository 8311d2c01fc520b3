import { basename } from 'node:path';
import type { Run } from '../read-run.js';
import { dateTime, duration, measured, percent, significant, whole } from './format.js';
import { type Html, html } from './html.js';

/** Name, state and key numbers of a run. */
export function header(run: Run): Html {
  const { config, info, metrics, status, totalSteps, stepsPerEpoch } = run;
  const { batchSize, epochs } = config.training;
  const steps = metrics.lastStep + 1;
  const seen = steps * batchSize;
  const { recent, beginning, recentRows } = metrics;
  const over = recentRows === 1 ? 'last step' : `mean of the last ${recentRows} steps`;
  const trained = metrics.rows * batchSize;
  return html`<header>
<p class="eyebrow">CrIBo pretraining</p>
<div class="title"><h1>${run.name}</h1><span class="status ${status}">${status}</span></div>
<p>${networkName(run)}, ${config.variant === 'paper' ? 'the paper’s equations' : 'the released code’s equations'}, ${
    config.clustering.clusters
  } clusters per image${info ? html`, ${whole(info.images)} images from <code>${basename(info.source)}</code>` : ''}${
    info ? html`. Started ${dateTime(info.started)}.` : '.'
  }</p>
<dl class="numbers">
${number('Steps', whole(steps), totalSteps !== undefined && steps < totalSteps ? `of ${whole(totalSteps)}` : 'all of them')}
${number('Images seen', whole(seen), stepsPerEpoch === undefined ? undefined : `${significant(steps / stepsPerEpoch)} of ${epochs} epochs`)}
${number('Training time', duration(metrics.seconds), `${significant(trained / metrics.seconds)} images/s`)}
${number('Loss', value(recent.loss), beginning.loss === undefined ? over : `from ${measured(beginning.loss)}; ${over}`)}
${number('Bootstrapping ratio', recent.bootstrapRatio === undefined ? '–' : percent(recent.bootstrapRatio), 'neighbours that pass the cycle check')}
${number('Valid objects', value(recent.objectsPerImage), `per image, of at most ${config.clustering.clusters}`)}
</dl>
<p class="note">Last losses: <b>global ${value(recent.lossGlobal)}</b>, <b>object ${value(recent.lossObject)}</b>, <b>cross-image ${value(
    recent.lossCrossImage,
  )}</b> (${over}).</p>
</header>`;
}

const value = (number: number | undefined) => (number === undefined ? '–' : measured(number));

const number = (name: string, figure: string, note: string | undefined) =>
  html`<div><dt>${name}</dt><dd>${figure}${note === undefined ? '' : html`<small>${note}</small>`}</dd></div>`;

/** The backbone as people write it. */
function networkName({ config }: Run): string {
  const { arch, patchSize, embedDim, depth, numHeads } = config.model;
  const name = { vit_tiny: 'ViT-Ti', vit_small: 'ViT-S', vit_base: 'ViT-B' }[arch];
  const changes = [
    ...(embedDim === undefined ? [] : [`width ${embedDim}`]),
    ...(depth === undefined ? [] : [`${depth} blocks`]),
    ...(numHeads === undefined ? [] : [`${numHeads} heads`]),
  ];
  return `${name}/${patchSize}${changes.length === 0 ? '' : ` (${changes.join(', ')})`} on ${config.views.imageSize} px views`;
}
