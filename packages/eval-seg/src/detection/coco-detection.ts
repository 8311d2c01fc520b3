import { join } from 'node:path';
import { decodeImage } from '@cribo/augment/node';
import { isFile, isFolder, listFolder, sortedNames } from '../datasets/files.js';
import type { CocoAnnotation, CocoBox } from './coco-format.js';
import type { BoxedObject, DetectionDataset } from './detection-dataset.js';
import { type CocoImage, readInstances } from './instances-file.js';

/**
 * Opens a data set of boxes in COCO's layout: `annotations/instances_<split>.json`, and the images in `<split>/` or `images/<split>/`.
 * Boxes are cut at the border of their image; crowds and boxes without area are not trained on, as in DETR. Images have the pixels as
 * they are stored, on which the boxes were drawn: an EXIF orientation is not applied.
 * @param root the folder with `annotations`
 * @param split such as `train2017` or `val2017`
 * @throws Error naming the folder, file or entry that is missing or wrong; see `readInstances`
 */
export async function openCocoDetection(root: string, split: string): Promise<DetectionDataset> {
  const file = join(root, 'annotations', `instances_${split}.json`);
  if (!(await isFile(file))) throw new Error(`${file}: no such file, ${await splitsOf(root)}`);
  const instances = await readInstances(file);
  const categories = [...instances.categories].sort((a, b) => a.id - b.id);
  const labels = new Map(categories.map(({ id }, label) => [id, label]));
  const { images } = instances;
  const folder = await imageFolder(root, split, images);
  const annotationsOf = new Map<number, CocoAnnotation[]>(images.map(({ id }) => [id, []]));
  for (const annotation of instances.annotations) annotationsOf.get(annotation.image_id)!.push(annotation);
  return {
    name: `coco ${split}`,
    categories,
    length: images.length,
    groundTruth: instances,
    async item(index) {
      const entry = images[index]!;
      const path = join(folder, entry.file_name);
      const image = await decodeImage(path, { autoOrient: false });
      if (image.width !== entry.width || image.height !== entry.height) {
        throw new Error(
          `${path}: has ${image.width} x ${image.height} pixels, expected ${entry.width} x ${entry.height} as in ${file}`,
        );
      }
      const objects = annotationsOf.get(entry.id)!.filter(({ iscrowd }) => iscrowd !== 1);
      return { imageId: entry.id, image, objects: objects.flatMap((object) => boxed(object, labels, entry)) };
    },
  };
}

/** An annotation as an object to learn; none if nothing of its box lies in the image. */
function boxed(annotation: CocoAnnotation, labels: ReadonlyMap<number, number>, image: CocoImage): BoxedObject[] {
  const [x, y, width, height] = annotation.bbox;
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const box: CocoBox = [left, top, Math.min(image.width, x + width) - left, Math.min(image.height, y + height) - top];
  return box[2] > 0 && box[3] > 0 ? [{ label: labels.get(annotation.category_id)!, box }] : [];
}

async function imageFolder(root: string, split: string, images: readonly CocoImage[]): Promise<string> {
  const folders = [join(root, split), join(root, 'images', split)];
  const found = (await isFolder(folders[0]!)) ? folders[0]! : folders[1]!;
  const { names } = await listFolder(found, `the images of ${split} there or in ${folders[0]}`);
  const missing = images.filter(({ file_name }) => !names.has(file_name));
  if (missing.length > 0) {
    const first = join(found, missing[0]!.file_name);
    throw new Error(`${first}: no such image, ${missing.length} of the ${images.length} listed are missing`);
  }
  return found;
}

/** What to write about the splits that there are. */
async function splitsOf(root: string): Promise<string> {
  const folder = join(root, 'annotations');
  if (!(await isFolder(folder))) return `expected COCO's annotations in ${folder}`;
  const splits = (await sortedNames(folder)).flatMap((name) => /^instances_(.+)\.json$/.exec(name)?.[1] ?? []);
  return `found ${splits.length > 0 ? `the splits ${splits.join(', ')}` : 'no instances_<split>.json'} there`;
}
