import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { allInOrder } from '../src/all-in-order.js';

it('gives all values, or the first failure of the list whichever comes first in time', async () => {
  const after = async (ms: number, value: number | Error) => {
    await sleep(ms);
    if (value instanceof Error) throw value;
    return value;
  };
  expect(await allInOrder([after(5, 1), after(1, 2)])).toEqual([1, 2]);
  await expect(allInOrder([after(1, 1), after(20, new Error('a')), after(1, new Error('b'))])).rejects.toThrow('a');
});
