import { createHash } from 'node:crypto';
import type { Image } from '@cribo/augment';
import { Generator } from '@cribo/tensor';
import { type Colour, drawGroundColours, drawPatternColours } from './scene-colours.js';
import { type Ground, grounds } from './scene-grounds.js';
import { mix } from './scene-noise.js';
import { type Habitat, habitats, type ObjectKind, objectKinds } from './scene-objects.js';

/** The classes of the scenes, in the order of their labels. */
export const sceneClasses: readonly string[] = ['ground', ...objectKinds.map(({ name }) => name)];

export interface SceneOptions {
  /** Side of the picture in pixels. */
  readonly size: number;
  readonly seed: number;
}

/** A drawn picture and what is to be seen in it. */
export interface Scene {
  readonly image: Image;
  /** `[size, size]`: the label of every pixel, an index into {@link sceneClasses}. */
  readonly mask: Uint8Array;
  /** The labels that occur in the mask, in ascending order. */
  readonly classes: readonly number[];
}

/** Samples per pixel and axis, against jagged edges. */
const oversampling = 2;

/**
 * Draws scene number `index`: two to five textured objects of at least two classes on a textured ground, on land or in the
 * water. Shades, sizes, orientations and light are random; what an object is follows from its pattern and outline, and from
 * its colour together with its surroundings, but not from its colour alone. The same index, size and seed always give the same picture.
 */
export function drawScene(index: number, { size, seed }: SceneOptions): Scene {
  const random = Generator.fromSeed(seed).split(`scene ${index}`);
  const plan = planScene(size, random);
  const data = new Uint8Array(size * size * 3);
  const mask = new Uint8Array(size * size);
  const sum = new Float64Array(3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      sum.fill(0);
      for (let s = 0; s < oversampling ** 2; s++) {
        const dx = ((s % oversampling) + 0.5) / oversampling;
        const dy = (Math.floor(s / oversampling) + 0.5) / oversampling;
        addLight(sum, plan, x + dx, y + dy);
      }
      const pixel = y * size + x;
      for (let c = 0; c < 3; c++) data[pixel * 3 + c] = Math.min(255, (255 * sum[c]!) / oversampling ** 2);
      mask[pixel] = objectAt(plan, x + 0.5, y + 0.5)?.label ?? 0;
    }
  }
  return { image: { width: size, height: size, data }, mask, classes: [...new Set(mask)].sort((a, b) => a - b) };
}

/** SHA-256 of a scene's pixels and labels. */
export function sceneHash({ image, mask }: Scene): string {
  return createHash('sha256').update(image.data).update(mask).digest('hex');
}

interface PlacedObject {
  readonly kind: ObjectKind;
  readonly label: number;
  /** Centre and radius in pixels. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Pixels per period of the pattern. */
  readonly period: number;
  readonly cos: number;
  readonly sin: number;
  readonly colours: readonly [Colour, Colour];
  readonly seed: number;
}

interface ScenePlan {
  readonly size: number;
  readonly ground: Ground;
  readonly groundSeed: number;
  readonly groundColours: readonly [Colour, Colour];
  /** Front to back. */
  readonly objects: readonly PlacedObject[];
  /** Unit vector towards the light, and how much brighter that side is. */
  readonly light: { readonly x: number; readonly y: number; readonly strength: number };
}

function planScene(size: number, random: Generator): ScenePlan {
  const angle = random.uniform(0, 2 * Math.PI);
  const habitat = random.bernoulli(0.5) ? 'land' : 'water';
  return {
    size,
    ground: grounds[random.int(grounds.length)]!,
    groundSeed: random.int(2 ** 30),
    groundColours: drawGroundColours(random, habitats[habitat]),
    objects: placeObjects(size, habitat, random),
    light: { x: Math.cos(angle), y: Math.sin(angle), strength: random.uniform(0.05, 0.3) },
  };
}

/** Draws the objects one by one; where none of some tries leaves the others visible, the object is left out. */
function placeObjects(size: number, habitat: Habitat, random: Generator): PlacedObject[] {
  const wanted = 2 + random.int(4);
  const native = objectKinds.filter((kind) => kind.habitat === habitat);
  // The first two differ; after that, anything.
  const kinds = [
    ...random.choice(native.length, 2),
    ...Array.from({ length: wanted - 2 }, () => random.int(native.length)),
  ];
  const objects: PlacedObject[] = [];
  for (const kind of kinds) {
    for (let attempt = 0; attempt < 30; attempt++) {
      const object = drawObject(native[kind]!, size, random);
      const clear = objects.every((other) => {
        const distance = Math.hypot(other.x - object.x, other.y - object.y);
        return distance > 0.75 * (other.radius + object.radius);
      });
      if (clear) {
        objects.push(object);
        break;
      }
    }
  }
  return objects;
}

function drawObject(kind: ObjectKind, size: number, random: Generator): PlacedObject {
  const radius = size * random.uniform(0.16, 0.27);
  const angle = random.uniform(0, 2 * Math.PI);
  return {
    kind,
    label: 1 + objectKinds.indexOf(kind),
    x: random.uniform(0.6 * radius, size - 0.6 * radius),
    y: random.uniform(0.6 * radius, size - 0.6 * radius),
    radius,
    period: size * random.uniform(0.05, 0.13),
    cos: Math.cos(angle),
    sin: Math.sin(angle),
    colours: drawPatternColours(random, kind.hue),
    seed: random.int(2 ** 20),
  };
}

function objectAt(plan: ScenePlan, x: number, y: number): PlacedObject | undefined {
  return plan.objects.find((object) => isInside(object, x, y));
}

function isInside(object: PlacedObject, x: number, y: number): boolean {
  const dx = (x - object.x) / object.radius;
  const dy = (y - object.y) / object.radius;
  if (dx * dx + dy * dy > 2) return false;
  const { cos, sin } = object;
  return object.kind.outline(cos * dx + sin * dy, cos * dy - sin * dx, object.seed) < 0;
}

/** Adds the colour seen at a point of the picture to `sum`. */
function addLight(sum: Float64Array, plan: ScenePlan, x: number, y: number): void {
  const object = objectAt(plan, x, y);
  const { size, light } = plan;
  // The whole picture is brighter on the side of the light, and so is every object, as if it were round.
  const across = ((x / size - 0.5) * light.x + (y / size - 0.5) * light.y) * 2;
  let brightness = 1 + 0.6 * light.strength * across;
  if (object === undefined) {
    const t = plan.ground(x, y, plan.groundSeed);
    const shadow = 0.035 * size;
    if (objectAt(plan, x + shadow * light.x, y + shadow * light.y) !== undefined) brightness *= 0.62;
    for (let c = 0; c < 3; c++) sum[c]! += brightness * mix(plan.groundColours[0][c]!, plan.groundColours[1][c]!, t);
    return;
  }
  const dx = x - object.x;
  const dy = y - object.y;
  brightness *= 0.95 + (light.strength * (dx * light.x + dy * light.y)) / object.radius;
  const u = (object.cos * dx + object.sin * dy) / object.period;
  const v = (object.cos * dy - object.sin * dx) / object.period;
  const colour = object.colours[object.kind.pattern(u, v, object.seed)];
  for (let c = 0; c < 3; c++) sum[c]! += brightness * colour[c]!;
}
