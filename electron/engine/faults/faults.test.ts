import { expect, test } from 'vitest';
import { TestClock } from './clock.ts';
import { armFaults, durableStep, faultPoint } from './fault-points.ts';

test('a planned fault fires on its nth passage, once, and an unfired one is named', async () => {
  const plan = armFaults([
    { site: 'fs.write', when: 'before', nth: 2, target: '.rvb', effect: { kind: 'error', code: 'ENOSPC' } },
    { site: 'step.never', when: 'after', nth: 1, effect: { kind: 'kill' } },
  ]);
  try {
    expect(faultPoint('fs.write', 'before', 'a.rvb')).toBeUndefined();
    expect(faultPoint('fs.write', 'before', 'a.txt')).toBeUndefined();
    expect(() => faultPoint('fs.write', 'before', 'a.rvb')).toThrow('ENOSPC');
    expect(faultPoint('fs.write', 'before', 'a.rvb')).toBeUndefined();
    expect(await durableStep('other', '', () => 7)).toBe(7);
    expect(plan.unfired().map((fault) => fault.site)).toEqual(['step.never']);
  } finally {
    plan.disarm();
  }
});

test('the test clock fires calls in order and a sleep can be cancelled', async () => {
  const clock = new TestClock(1000);
  const seen: number[] = [];
  clock.callAt(1500, () => seen.push(clock.now()));
  clock.callAt(1200, () => seen.push(clock.now()));
  const abort = new AbortController();
  const sleeping = clock.sleep(10_000, abort.signal);
  await clock.advance(600);
  expect(seen).toEqual([1200, 1500]);
  abort.abort(new Error('cancelled'));
  await expect(sleeping).rejects.toThrow('cancelled');
});
