import { expect, it } from 'vitest';
import { describeGolden } from '../../../test-support/golden.js';
import { cosineAt, posAlphaAt } from '../src/schedules.js';

interface CosineSetting {
  kind: 'cosine';
  base_value: number;
  final_value: number;
  epochs: number;
  iters_per_epoch: number;
  warmup_epochs: number;
  start_warmup_value: number;
  values: number[];
  index?: number[];
}
interface PosAlphaSetting {
  kind: 'pos_alpha';
  pos_alpha: [number, number];
  epochs: number;
  values: number[];
}

describeGolden('schedules', (golden) => {
  const settings = Object.entries(golden.json.settings as Record<string, CosineSetting | PosAlphaSetting>);

  it.each(settings.filter(([, { kind }]) => kind === 'cosine') as [string, CosineSetting][])(
    'cosine %s follows the golden values',
    (_, setting) => {
      const schedule = {
        base: setting.base_value,
        final: setting.final_value,
        epochs: setting.epochs,
        stepsPerEpoch: setting.iters_per_epoch,
        warmupEpochs: setting.warmup_epochs,
        warmupStart: setting.start_warmup_value,
      };
      setting.values.forEach((value, i) => {
        expect(cosineAt(setting.index?.[i] ?? i, schedule)).toBeCloseTo(value, 14);
      });
    },
  );

  it.each(settings.filter(([, { kind }]) => kind === 'pos_alpha') as [string, PosAlphaSetting][])(
    '%s follows the golden values, with the bounds in reading order',
    (_, { pos_alpha: [last, first], epochs, values }) => {
      values.forEach((value, epoch) => {
        expect(posAlphaAt(epoch, [first, last], epochs)).toBeCloseTo(value, 14);
      });
    },
  );
});
