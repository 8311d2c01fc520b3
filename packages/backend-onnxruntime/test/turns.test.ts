import { describe, expect, it } from 'vitest';
import { Turns } from '../src/native/turns.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('turns', () => {
  it('begin when the job before has ended, also when it has failed', async () => {
    const turns = new Turns();
    const events: string[] = [];
    const job = (name: string) => async () => {
      events.push(`${name} begins`);
      await pause(1);
      events.push(`${name} ends`);
      if (name === 'first') throw new Error('failed');
      return name;
    };
    const first = turns.take(job('first'));
    const second = turns.take(job('second'));
    await expect(first).rejects.toThrow('failed');
    expect(await second).toBe('second');
    expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('let what must not disturb a job wait until it has ended, and nothing else wait', async () => {
    const turns = new Turns();
    const events: string[] = [];
    turns.between(() => events.push('at once'));
    const job = turns.take(async () => {
      turns.between(() => events.push('released'));
      await pause(1);
      events.push('job ends');
    });
    await job;
    turns.between(() => events.push('at once again'));
    expect(events).toEqual(['at once', 'job ends', 'released', 'at once again']);
  });
});
