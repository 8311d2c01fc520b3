import type { Image } from '@cribo/augment';
import type { Generator } from '@cribo/tensor';

const side = 96;

/** A picture of some discs and boxes on a shaded ground, drawn from `rng` alone. */
export function drawScene(rng: Generator): Image {
  const color = () => [rng.int(256), rng.int(256), rng.int(256)] as const;
  const shapes = Array.from({ length: 4 }, () => ({
    color: color(),
    x: rng.uniform(0, side),
    y: rng.uniform(0, side),
    radius: rng.uniform(10, 28),
    round: rng.bernoulli(0.5),
  }));
  const ground = color();
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const on = shapes.find((shape) => {
        const [dx, dy] = [Math.abs(x - shape.x), Math.abs(y - shape.y)];
        return (shape.round ? Math.hypot(dx, dy) : Math.max(dx, dy)) < shape.radius;
      });
      const shade = 0.6 + (0.4 * y) / side;
      data.set(
        (on?.color ?? ground).map((channel) => channel * shade),
        (y * side + x) * 3,
      );
    }
  }
  return { width: side, height: side, data };
}
