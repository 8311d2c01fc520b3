import type { SegItem } from '@cribo/eval-seg';

/** The numbers of `count` scenes that together show many classes, each about as often. */
export function variedScenes(items: SegItem[], count: number): number[] {
  const classes = items.map(({ mask }) => [...new Set(mask.data)]);
  const timesShown = new Map<number, number>();
  const shown: number[] = [];
  while (shown.length < count) {
    // A class is worth the less, the more often it was shown before.
    const worth = (scene: number) =>
      classes[scene]!.reduce((sum, label) => sum + 1 / (1 + (timesShown.get(label) ?? 0)) ** 2, 0);
    const rest = [...items.keys()].filter((scene) => !shown.includes(scene));
    const next = rest.reduce((a, b) => (worth(b) > worth(a) ? b : a));
    shown.push(next);
    for (const label of classes[next]!) timesShown.set(label, 1 + (timesShown.get(label) ?? 0));
  }
  return shown;
}
