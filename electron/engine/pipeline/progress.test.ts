import { array, assert, nat, property, record, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import type { Counters } from '../../../shared/domain/session-types.ts';
import { ProgressMeter } from './progress.ts';

const names = ['processedBytes', 'readBytes', 'transferredBytes'] as const;
const report = record(
  { totalBytes: nat(1e6), processedBytes: nat(1e6), readBytes: nat(1e6), transferredBytes: nat(1e6) },
  { requiredKeys: [] },
);

test('whatever mechanisms report, and in whatever order: no counter goes back, and the sum is that of the parts', () => {
  assert(
    property(array(tuple(nat(4), report), { maxLength: 60 }), (reports) => {
      const told: Counters[] = [];
      const meter = new ProgressMeter((counters) => told.push(counters));
      const parts = Array.from({ length: 5 }, (_, index) => meter.part(index * 100));
      for (const [index, of] of reports) parts[index]?.report(of);
      for (const [index, now] of told.entries()) {
        const before = told[index - 1];
        for (const name of names) expect(now[name]).toBeGreaterThanOrEqual(before?.[name] ?? 0);
        expect(now.processedBytes).toBeLessThanOrEqual(now.totalBytes);
      }
      for (const name of [...names, 'totalBytes'] as const) {
        expect(meter.counters[name]).toBe(parts.reduce((sum, part) => sum + part.counters[name], 0));
      }
    }),
  );
});

test('an estimate gives way to what the mechanism knows, and to what it was in the end', () => {
  const meter = new ProgressMeter();
  const part = meter.part(1000);
  part.report({ totalBytes: 800, processedBytes: 200 });
  expect(meter.counters).toMatchObject({ totalBytes: 800, processedBytes: 200 });
  part.done();
  expect(meter.counters).toMatchObject({ totalBytes: 200, processedBytes: 200 });
});

test('a meter is a part of a larger one', () => {
  const session = new ProgressMeter();
  const task = session.part();
  const meter = new ProgressMeter((counters) => task.report(counters));
  const [first, second] = [meter.part(50), meter.part(50)];
  first.report({ processedBytes: 50, readBytes: 10, transferredBytes: 5 });
  second.report({ processedBytes: 20, readBytes: 20, transferredBytes: 7 });
  expect(session.counters).toEqual({ totalBytes: 100, processedBytes: 70, readBytes: 30, transferredBytes: 12 });
});
