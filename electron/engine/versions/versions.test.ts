import { expect, test } from 'vitest';
import { UnitOfWork } from '../database/unit-of-work.ts';
import { TestClock } from '../faults/clock.ts';
import type { VersionRecord } from './version-store.ts';
import { type Edit, Versions } from './versions.ts';

/** Versions in memory, in place of the store. */
function versions() {
  const records: VersionRecord[] = [];
  const store = {
    current: () => records.at(-1)?.version ?? 1,
    since: (_kind: string, _id: string, version: number) =>
      records.filter((record) => record.version > version).toReversed(),
    add: (_work: UnitOfWork, _kind: string, _id: string, record: VersionRecord) => void records.push(record),
  };
  return new Versions(store, new TestClock(Date.parse('2026-11-29T20:00:00Z')));
}

const base = { retention: { days: 7 }, incrementPoolId: 'a' };
const edit = (version: number, who: string, after: object): Edit => ({
  kind: 'job',
  id: 'j',
  title: 'The job “Nightly”',
  version,
  who,
  before: base,
  after,
});
const work = new UnitOfWork();

test('a save over what others saved is refused, and says who changed what and when', () => {
  const mine = versions();
  expect(mine.of('job', 'j')).toBe(1);
  const late = mine.edit(edit(1, 'anna', base));
  mine.edit(edit(1, 'bert', { ...base, retention: { days: 9 } }))(work);
  mine.edit(edit(2, 'cleo', { ...base, incrementPoolId: 'b' }))(work);
  expect(mine.of('job', 'j')).toBe(3);
  const words =
    'The job “Nightly” was changed since you opened it by cleo and bert, last at 2026-11-29 20:00:00 UTC: ' +
    'increment pool, retention. Nothing was saved.';
  expect(() => mine.edit(edit(1, 'anna', base))).toThrow(words);
  // One that had looked before the others saved finds out as it saves.
  expect(() => late(work)).toThrow(words);
  expect(() => mine.edit(edit(4, 'anna', base))).toThrow('was changed since you opened it. Nothing');
});

test('a save that changes nothing is no new version', () => {
  const mine = versions();
  mine.edit(edit(1, 'anna', structuredClone(base)))(work);
  expect(mine.of('job', 'j')).toBe(1);
});
