import { describe, expect, test } from 'vitest';
import {
  describeLocation,
  freeBytes,
  isOnline,
  type MediaFacts,
  mediaName,
  mediaState,
  type MediaState,
  type PoolFacts,
  protectionEnds,
  servicePool,
} from './media.ts';
import { shouldStartNewSet } from './media-set.ts';
import { dayMs } from './zoned-time.ts';

const now = Date.parse('2026-11-21T12:00Z');
const pool: PoolFacts = {
  ...servicePool('free'),
  poolId: 'p',
  name: 'Weekly',
  kind: 'custom',
  retention: { kind: 'for', days: 30 },
};
const tape = (facts: Partial<MediaFacts> = {}): MediaFacts => ({
  mediaId: 'm1',
  uuid: 'u1',
  barcode: 'RV0001L8',
  labelFormat: 'ours',
  poolId: 'p',
  setId: 's1',
  sequence: 1,
  setClosedAt: now - 40 * dayMs,
  location: { kind: 'slot', libraryId: 'l1', address: 1001 },
  worm: false,
  writeProtected: false,
  protectedByAdmin: false,
  bytesUsed: 100,
  capacityBytes: 1000,
  lastWrittenAt: now - 40 * dayMs,
  full: false,
  expiresAt: null,
  committedFiles: 3,
  suspectReason: null,
  damagedReason: null,
  retired: false,
  cleaning: false,
  ...facts,
});

describe('mediaState', () => {
  const closed = { setClosedAt: now - dayMs, lastWrittenAt: now - dayMs };
  test.each<[string, MediaState, Partial<MediaFacts>, Partial<PoolFacts>]>([
    ['past its protection', 'expired', {}, {}],
    ['within its protection', 'closed', closed, {}],
    ['another tape of its set was written later', 'closed', { setLastWrittenAt: now - dayMs }, {}],
    ['which nothing there builds on', 'expired', { setLastWrittenAt: now - dayMs, neededByOthers: false }, {}],
    ['kept for ever', 'closed', {}, { retention: { kind: 'forever' } }],
    ['never protected', 'expired', closed, { retention: { kind: 'overwrite' } }],
    ['an expiry set by hand wins', 'closed', { expiresAt: now + 1 }, {}],
    ['either way', 'expired', { ...closed, expiresAt: now }, { retention: { kind: 'forever' } }],
    ['protected by an administrator', 'closed', { protectedByAdmin: true }, {}],
    ['WORM', 'closed', { worm: true }, { retention: { kind: 'overwrite' } }],
    ['nobody knows when it was written', 'closed', { lastWrittenAt: null }, {}],
    ['its set is open', 'open', { setClosedAt: null }, {}],
    ['its set is open and it is full', 'closed', { setClosedAt: null, full: true, lastWrittenAt: now }, {}],
    ['labelled and empty', 'empty', { committedFiles: 0, setId: null, setClosedAt: null }, {}],
    ['blank in a pool', 'empty', { labelFormat: 'none', uuid: null, setId: null, committedFiles: 0 }, {}],
    ['blank where data should be', 'suspect', { labelFormat: 'none' }, {}],
    ['blank in Free', 'free', { labelFormat: 'none', committedFiles: 0 }, servicePool('free')],
    ['ours in Free', 'free', {}, servicePool('free')],
    ['foreign in Free', 'foreign', { labelFormat: 'foreign' }, servicePool('free')],
    ['blank in Unrecognized', 'blank', { labelFormat: 'none', committedFiles: 0 }, servicePool('unrecognized')],
    ['ours in Unrecognized', 'unknown', {}, servicePool('unrecognized')],
    ['imported', 'closed', {}, servicePool('imported')],
    ['in Retired', 'retired', {}, servicePool('retired')],
    ['not read', 'unknown', { labelFormat: 'unread' }, {}],
    ['not readable', 'unknown', { labelFormat: 'unreadable' }, {}],
    ['in use', 'in-use', { usedBy: 'session Nightly' }, {}],
    ['suspect before in use', 'suspect', { usedBy: 'session Nightly', suspectReason: 'fewer files' }, {}],
    ['damaged before suspect', 'damaged', { damagedReason: 'medium error', suspectReason: 'x' }, {}],
    ['retired before damaged', 'retired', { damagedReason: 'medium error', retired: true }, {}],
    ['cleaning before everything', 'cleaning', { cleaning: true, retired: true, labelFormat: 'unread' }, {}],
  ])('%s: %s', (_name, state, facts, rules) => {
    const result = mediaState(tape(facts), { ...pool, ...rules }, now);
    expect(result.state).toBe(state);
    expect(result.reason).toMatch(/\.$|error$|files$/);
  });

  test('without a pool it counts as unrecognized', () => {
    expect(mediaState(tape(), null, now).state).toBe('unknown');
    expect(protectionEnds(tape(), null).at).toBeNull();
  });

  test('the reason names the day', () => {
    expect(mediaState(tape({ lastWrittenAt: now - dayMs }), pool, now).reason).toBe(
      'Its media set is closed. Weekly protects a set for 30 days after its last write, until 2026-12-20.',
    );
    expect(protectionEnds(tape({ expiresAt: 9e18 }), pool).reason).toContain('end of time');
  });
});

test('places, names and room', () => {
  const libraries = new Map([['l1', 'Library A']]);
  expect(describeLocation(tape().location, { libraries })).toBe('Slot at address 1001 in Library A');
  expect(describeLocation({ kind: 'drive', libraryId: 'l2', address: 1, name: 'Drive 1' })).toBe('Drive 1 in l2');
  expect(describeLocation({ kind: 'vault', vaultId: 'v' }, { vaults: new Map([['v', 'Bank']]) })).toBe('in vault Bank');
  expect(describeLocation({ kind: 'offline', lastPlace: 'Slot 3 in Library A' })).toBe(
    'offline (last seen: Slot 3 in Library A)',
  );
  expect([isOnline(tape()), isOnline(tape({ location: { kind: 'offline' } }))]).toEqual([true, false]);
  expect([mediaName(tape()), mediaName(tape({ name: 'Blue' })), mediaName(tape({ barcode: '' }))]).toEqual([
    'RV0001L8',
    'Blue',
    'tape m1',
  ]);
  expect([freeBytes(tape()), freeBytes(tape({ full: true })), freeBytes(tape({ capacityBytes: null }))]).toEqual([
    900,
    0,
    null,
  ]);
});

describe('shouldStartNewSet', () => {
  const set = { setId: 's1', poolId: 'p', startedAt: now - 3 * dayMs, closedAt: null };
  const saturdays = { kind: 'daily' as const, at: '12:00', days: ['saturday' as const] }; // now is a Saturday at 12:00
  test.each<[string, PoolFacts['allocation'], Partial<typeof set> | null, number, boolean, string]>([
    ['no set', { kind: 'continue' }, null, now, true, 'no-set'],
    ['closed', { kind: 'continue' }, { closedAt: now as never }, now, true, 'set-closed'],
    ['of another pool', { kind: 'continue' }, { poolId: 'q' }, now, true, 'other-pool'],
    ['continue', { kind: 'continue' }, {}, now, false, 'continue'],
    ['every session', { kind: 'session' }, {}, now, true, 'every-session'],
    ['begun by this session', { kind: 'session' }, { startedAt: now }, now, false, 'same-session'],
    ['due', { kind: 'schedule', schedule: saturdays }, {}, now, true, 'schedule'],
    ['due only after the session began', { kind: 'schedule', schedule: saturdays }, {}, now - 1, false, 'continue'],
    ['a schedule without times', { kind: 'schedule', schedule: { kind: 'manual' } }, {}, now, false, 'continue'],
  ])('%s', (_name, allocation, facts, sessionStart, startNew, code) => {
    const result = shouldStartNewSet({ ...pool, allocation }, facts && { ...set, ...facts }, now, sessionStart);
    expect(result).toMatchObject({ startNew, code });
  });
});
