import type { BoxedObject, CocoAnnotation, DetectionDataset } from '../src/index.js';
import { numbers } from './numbers.js';

/** A red or a blue rectangle, by category, on dark ground: images of 40 × 30 pixels drawn from a seed. */
export function shapes(name: string, count: number, seed: number): DetectionDataset {
  const [width, height] = [40, 30];
  const categories = [
    { id: 3, name: 'red' },
    { id: 17, name: 'blue' },
  ];
  const objectsOf = (index: number): BoxedObject[] => {
    const next = numbers(seed * 1000 + index);
    const [w, h] = [10 + Math.floor(next() * 10), 8 + Math.floor(next() * 10)];
    const box = [Math.floor(next() * (width - w)), Math.floor(next() * (height - h)), w, h] as const;
    return [{ label: index % 2, box }];
  };
  const images = Array.from({ length: count }, (_, i) => ({ id: 100 + i }));
  const annotations: CocoAnnotation[] = images.flatMap(({ id }, i) =>
    objectsOf(i).map(({ label, box }) => ({
      image_id: id,
      category_id: categories[label]!.id,
      bbox: box,
      area: box[2] * box[3],
    })),
  );
  return {
    name,
    categories,
    length: count,
    groundTruth: { images, categories, annotations },
    async item(index) {
      const objects = objectsOf(index);
      const data = new Uint8Array(width * height * 3).fill(20);
      for (const { label, box } of objects) {
        for (let y = box[1]; y < box[1] + box[3]; y++) {
          for (let x = box[0]; x < box[0] + box[2]; x++) data[(y * width + x) * 3 + (label === 0 ? 0 : 2)] = 230;
        }
      }
      return { imageId: 100 + index, image: { width, height, data }, objects };
    },
  };
}
