import type { AttentionPicture } from '../pictures/attention-pictures.js';
import type { ClusterPicture } from '../pictures/cluster-pictures.js';
import type { Pictures } from '../pictures/draw-pictures.js';
import type { MatchPicture, ObjectTile } from '../pictures/match-pictures.js';
import { measured, significant, whole } from './format.js';
import { type Html, html } from './html.js';
import { objectOutline, objectsOverlay } from './patch-svg.js';

/** What the teacher sees: objects, their neighbours in other images, and where it looks. */
export function pictureSections(pictures: Pictures): Html {
  const { step, images, batchSize, clusters, matches, attention } = pictures;
  return html`<section id="clusters"><h2>Objects</h2>
<p>Patches of both views of an image, grouped together by the teacher (Eqs. 12–17). One colour is one object in both views; grey
patches belong to a cluster that one of the views lacks, which is left out. The images are those of step ${whole(step)}, the next one to be taken.</p>
<div class="grid examples">${clusters.map(clusterCard)}</div></section>
<section id="matches"><h2>Neighbours in other images</h2>
<p>Objects and what the memory bank of this run finds for them, as in Figs. 4 and 5 of the paper: the stored object of the highest
cosine (Eq. 2). It counts where it leads back to the object it was found from (Eq. 4)${
    images < batchSize ? `, here checked against ${images} of the ${batchSize} images of the batch` : ''
  }. Shown is, of the first images that have one, the match of the highest cosine.</p>
${matchGroup(matches, true)}${matchGroup(matches, false)}
${matches.length === 0 && html`<p class="note">The bank holds no object of an image yet.</p>`}
</section>
<section id="attention"><h2>Attention</h2>
<p>Where the class token of the teacher’s last block looks: the mean over its heads, then every head. Every map runs from its least patch (dark) to its
greatest (bright); how far they are apart is written below.</p>
<div class="grid attention">${attention.map(attentionCard)}</div></section>`;
}

/** Says why a report has no pictures. */
export const withoutPictures = (reason: string): Html =>
  html`<section id="pictures"><h2>Pictures</h2><p>There are none: ${reason}.</p></section>`;

function clusterCard({ file, views, valid }: ClusterPicture): Html {
  const plain = views.map(({ src }, i) => tile(src, `View ${i + 1} of ${file}`, `view ${i + 1}`));
  const grouped = views.map(({ src, labels }, i) =>
    tile(src, `Objects in view ${i + 1} of ${file}`, undefined, objectsOverlay(labels, valid)),
  );
  const count = valid.filter(Boolean).length;
  return html`<figure class="card pair"><div class="tiles">${plain}${grouped}</div>
<figcaption><span>${file}</span><span><b>${count}</b> of ${valid.length} objects valid</span></figcaption></figure>`;
}

function matchGroup(all: readonly MatchPicture[], consistent: boolean): Html | undefined {
  const matches = all.filter((match) => match.consistent === consistent);
  if (matches.length === 0) return undefined;
  const kind = consistent ? 'consistent' : 'rejected';
  const title = consistent
    ? 'Cycle-consistent: these are learnt from'
    : 'Not cycle-consistent: the way back leads elsewhere';
  return html`<h3 class="kind ${kind}">${title}</h3>
<div class="grid examples">${matches.map((match) => matchCard(match, kind))}</div>`;
}

/** Below this the object drawn is hardly the one that the bank stores. */
const doubtful = 0.5;

function matchCard({ query, neighbour, similarity, step, agreement }: MatchPicture, kind: string): Html {
  const arrows =
    kind === 'consistent'
      ? 'M4 12h32m-9-8 9 8-9 8M36 36H4m9-8-9 8 9 8'
      : 'M4 12h32m-9-8 9 8-9 8M13 29l14 14m0-14-14 14';
  return html`<figure class="card ${kind}"><div class="match">${objectTile(query)}
<svg viewBox="0 0 40 48" aria-hidden="true"><path d="${arrows}"/></svg>
${objectTile(neighbour)}</div>
<figcaption><span>${query.file} → ${neighbour.file}</span><span>cosine <b>${similarity.toFixed(3)}</b></span><span>stored at step ${whole(step)}${query.file === neighbour.file && ', the same image'}</span>${
    agreement < doubtful &&
    html`<span>The teacher has changed since: the object drawn has cosine ${significant(agreement, 2)} with the stored vector.</span>`
  }</figcaption></figure>`;
}

const objectTile = ({ src, labels, object, file }: ObjectTile) =>
  tile(src, `An object in ${file}`, undefined, objectOutline(labels, object));

function attentionCard({ file, src, mean, heads, peak }: AttentionPicture): Html {
  return html`<figure class="card"><div class="heads">${tile(src, `View 1 of ${file}`, 'view 1')}${tile(
    mean,
    `Mean attention in ${file}`,
    'mean',
  )}${heads.map((head, i) => tile(head, `Attention of head ${i + 1} in ${file}`, `head ${i + 1}`))}</div>
<figcaption><span>${file}</span><span>greatest patch of the mean: <b>${measured(peak)}×</b> the average</span></figcaption></figure>`;
}

const tile = (src: string, description: string, label?: string, over?: Html) =>
  html`<div class="tile"><img src="${src}" alt="${description}">${over}${label !== undefined && html`<span>${label}</span>`}</div>`;
