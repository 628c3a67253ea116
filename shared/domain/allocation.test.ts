import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, type AllocationRequest, nextTapeFor, tapesNeeded } from './allocation.ts';
import type { MediaFacts, PoolFacts } from './media.ts';
import { dayMs } from './zoned-time.ts';

const now = Date.parse('2026-11-21T12:00Z');
const pool: PoolFacts = {
  poolId: 'p',
  name: 'Weekly',
  kind: 'custom',
  allocation: { kind: 'continue' },
  retention: { kind: 'for', days: 30 },
  replenishFromFree: true,
  takeBlank: true,
  maxDrives: 1,
  libraryIds: [],
};
const base: MediaFacts = {
  mediaId: 'm',
  uuid: 'u',
  barcode: null,
  labelFormat: 'ours',
  poolId: 'p',
  setId: null,
  sequence: null,
  setClosedAt: null,
  location: { kind: 'slot', libraryId: 'l1', address: 1 },
  worm: false,
  writeProtected: false,
  protectedByAdmin: false,
  bytesUsed: 0,
  capacityBytes: 1000,
  lastWrittenAt: null,
  full: false,
  expiresAt: null,
  committedFiles: 0,
  suspectReason: null,
  damagedReason: null,
  retired: false,
  cleaning: false,
};
const kinds = {
  open: { setId: 's', sequence: 1, committedFiles: 2, bytesUsed: 400, lastWrittenAt: now - 2 * dayMs },
  empty: {},
  expired: { setId: 'old', setClosedAt: now - 90 * dayMs, lastWrittenAt: now - 90 * dayMs, committedFiles: 2 },
  kept: { setId: 'kept', setClosedAt: now - dayMs, lastWrittenAt: now - dayMs, committedFiles: 2 },
  free: { poolId: 'free', committedFiles: 2 },
  blank: { poolId: 'unrecognized', labelFormat: 'none' as const, uuid: null },
} satisfies Record<string, Partial<MediaFacts>>;
const tape = (mediaId: string, kind: keyof typeof kinds, more: Partial<MediaFacts> = {}): MediaFacts => ({
  ...base,
  ...kinds[kind],
  mediaId,
  uuid: kind === 'blank' ? null : `u-${mediaId}`,
  barcode: mediaId.toUpperCase(),
  ...more,
});
const request = (media: MediaFacts[], more: Partial<AllocationRequest> = {}): AllocationRequest => ({
  pool,
  set: { setId: 's', poolId: 'p', startedAt: now - 5 * dayMs, closedAt: null },
  media,
  libraries: [
    { libraryId: 'l1', name: 'Library A', online: true, usableDrives: 2 },
    { libraryId: 'l2', name: 'Library B', online: true, usableDrives: 1 },
  ],
  now,
  sessionStart: now,
  ...more,
});
const choose = (media: MediaFacts[], more: Partial<AllocationRequest> = {}): string => {
  const { decision } = allocate(request(media, more));
  return decision.kind === 'wait'
    ? 'wait'
    : `${decision.mediaId} ${decision.action}${decision.newSet ? ' new set' : ''}`;
};
const code = (media: MediaFacts, more: Partial<AllocationRequest> = {}): string =>
  allocate(request([media], more)).candidates[0]!.code;
const offline = { location: { kind: 'offline' as const } };

describe('the order', () => {
  const all = [
    tape('blank', 'blank'),
    tape('free', 'free'),
    tape('expired', 'expired'),
    tape('empty', 'empty'),
    tape('open', 'open'),
  ];
  test('open, empty, expired, Free, blank, then waiting', () => {
    const order = ['open append', 'empty start', 'expired overwrite', 'free overwrite', 'blank label'];
    for (let used = 0; used < order.length; used += 1)
      expect(choose(all.slice(0, all.length - used))).toBe(order[used]);
    expect(choose([])).toBe('wait');
    expect(allocate(request(all)).candidates.map((c) => `${c.rank} ${c.mediaId}`)).toEqual([
      '1 open',
      '2 empty',
      '3 expired',
      '4 free',
      '5 blank',
    ]);
  });

  test('of expired tapes the one written longest ago', () => {
    const older = tape('b', 'expired', { setId: 'older', lastWrittenAt: now - 200 * dayMs });
    expect(choose([tape('a', 'expired'), older])).toBe('b overwrite');
  });

  test('of several open tapes the emptier one, or the one being written', () => {
    const media = [tape('a', 'open'), tape('b', 'open', { bytesUsed: 100 })];
    expect(choose(media)).toBe('b append');
    expect(choose(media, { lastWrittenMediaId: 'a' })).toBe('a append');
  });

  test('among equals a tape that is in a drive, then the least written, then by barcode', () => {
    const inDrive = { location: { kind: 'drive' as const, libraryId: 'l1', address: 9 } };
    expect(choose([tape('a', 'empty'), tape('b', 'empty', inDrive)])).toBe('b start');
    expect(choose([tape('a', 'empty', { writeCount: 5 }), tape('b', 'empty', { writeCount: 2 })])).toBe('b start');
    expect(choose([tape('b', 'empty'), tape('a', 'empty')])).toBe('a start');
  });

  test('the pool’s first library comes first, another one only when it has nothing', () => {
    const inB = { location: { kind: 'slot' as const, libraryId: 'l2', address: 1 } };
    const media = [tape('a', 'blank'), tape('b', 'empty', inB)];
    expect(choose(media)).toBe('b start');
    expect(choose(media, { pool: { ...pool, libraryIds: ['l1', 'l2'] } })).toBe('a label');
    expect(choose(media, { pool: { ...pool, libraryIds: ['l2'] } })).toBe('b start');
    expect(code(tape('a', 'empty'), { pool: { ...pool, libraryIds: ['l2'] } })).toBe('library-not-in-pool');
    const last = tape('z', 'open', { full: true });
    expect(choose([...media, last], { lastWrittenMediaId: 'z' })).toBe('a label');
  });
});

describe('what is never taken', () => {
  test.each<[string, string, MediaFacts, Partial<AllocationRequest>?]>([
    ['no library holds it', 'offline', tape('a', 'empty', offline)],
    ['in a vault', 'offline', tape('a', 'empty', { location: { kind: 'vault', vaultId: 'v' } })],
    [
      'in a mail slot',
      'in-mail-slot',
      tape('a', 'empty', { location: { kind: 'import-export', libraryId: 'l1', address: 5 } }),
    ],
    ['exported', 'exported', tape('a', 'empty', { exported: true })],
    ['foreign', 'foreign', tape('a', 'free', { labelFormat: 'foreign' })],
    ['label not read', 'unread', tape('a', 'free', { labelFormat: 'unread' })],
    ['ours, but not known here', 'unread', tape('a', 'kept', { poolId: 'unrecognized' })],
    ['protected by an administrator', 'protected', tape('a', 'expired', { protectedByAdmin: true })],
    ['protected in Free', 'protected', tape('a', 'free', { protectedByAdmin: true })],
    ['protected while open', 'protected', tape('a', 'open', { protectedByAdmin: true })],
    ['unexpired', 'unexpired', tape('a', 'kept')],
    ['write-protected', 'write-protected', tape('a', 'empty', { writeProtected: true })],
    ['suspect', 'suspect', tape('a', 'empty', { suspectReason: 'fewer files than known' })],
    ['damaged', 'damaged', tape('a', 'empty', { damagedReason: 'medium error' })],
    ['retired', 'retired', tape('a', 'empty', { retired: true })],
    ['cleaning', 'cleaning', tape('a', 'blank', { cleaning: true })],
    ['in use by another session', 'in-use', tape('a', 'empty', { usedBy: 'session 7', usedBySessionId: 's7' })],
    ['of another pool', 'other-pool', tape('a', 'empty', { poolId: 'q' })],
    ['expired in another pool', 'other-pool', tape('a', 'expired', { poolId: 'q' })],
    ['imported', 'imported', tape('a', 'expired', { poolId: 'imported' })],
    ['WORM', 'worm', tape('a', 'empty', { worm: true })],
    ['WORM in Free', 'worm', tape('a', 'free', { worm: true })],
    ['not WORM in a WORM pool', 'not-worm', tape('a', 'empty'), { pool: { ...pool, worm: true } }],
    ['written WORM from Free', 'worm', tape('a', 'free', { worm: true }), { pool: { ...pool, worm: true } }],
    ['Free without replenishing', 'replenish-off', tape('a', 'free'), { pool: { ...pool, replenishFromFree: false } }],
    ['blank when not asked for', 'blank-off', tape('a', 'blank'), { pool: { ...pool, takeBlank: false } }],
    ['open tape of another set', 'other-set', tape('a', 'open', { setId: 'other' })],
    ['open tape without room', 'no-room', tape('a', 'open', { bytesUsed: 1000 })],
    [
      'library offline',
      'library-offline',
      tape('a', 'empty', { location: { kind: 'slot', libraryId: 'l9', address: 1 } }),
    ],
    [
      'no drive',
      'no-drive',
      tape('a', 'empty'),
      { libraries: [{ libraryId: 'l1', name: 'A', online: true, usableDrives: 0 }] },
    ],
  ])('%s: %s', (_name, expected, media, more) => {
    const result = allocate(request([media], more));
    expect(result.decision.kind).toBe('wait');
    expect(result.candidates[0]).toMatchObject({ code: expected, usable: false, rank: null });
    expect(result.candidates[0]!.reason.length).toBeGreaterThan(10);
  });

  test('an expired tape whose set is not over', () => {
    const first = tape('a', 'expired', { setId: 'x' });
    const younger = tape('b', 'kept', { setId: 'x' });
    expect(allocate(request([first, younger])).candidates.map((c) => c.code)).toEqual(['unexpired', 'unexpired']);
    const { state, reason } = allocate(request([first, younger])).candidates[0]!;
    expect([state, reason]).toEqual(['closed', expect.stringContaining('2026-12-20')]);
    const byHand = tape('b', 'expired', { setId: 'x', expiresAt: now + dayMs });
    expect(allocate(request([first, byHand])).candidates[0]).toMatchObject({ mediaId: 'a', code: 'unexpired' });
    const locked = tape('b', 'expired', { setId: 'x', protectedByAdmin: true });
    expect(allocate(request([first, locked])).candidates[0]).toMatchObject({ mediaId: 'a', code: 'set-protected' });
    expect(choose([{ ...first, neededByOthers: false }, locked])).toBe('a overwrite');
  });

  test('a tape in use by the asking session is its own', () => {
    const own = tape('a', 'open', { usedBy: 'session 7', usedBySessionId: 's7' });
    expect(choose([own], { sessionId: 's7' })).toBe('a append');
  });
});

describe('sets', () => {
  test('a new set begins on a tape of its own, never by appending', () => {
    const media = [tape('a', 'open'), tape('b', 'empty')];
    expect(choose(media, { pool: { ...pool, allocation: { kind: 'session' } } })).toBe('b start new set');
    expect(choose(media, { set: null })).toBe('b start new set');
  });

  test.each<[string, Partial<MediaFacts>]>([
    ['offline', offline],
    ['protected', { protectedByAdmin: true }],
    ['write-protected', { writeProtected: true }],
    ['suspect', { suspectReason: 'fewer files' }],
    ['unread since it came back', { labelFormat: 'unread' }],
  ])('a new set is forced when the tape to append to is %s', (_name, facts) => {
    const media = [tape('a', 'open', facts), tape('b', 'empty')];
    expect(choose(media)).toBe('b start new set');
    expect(allocate(request(media)).setReason).toContain('A');
  });

  test('but not in the middle of a session', () => {
    const full = tape('z', 'open', { full: true, damagedReason: 'medium error' });
    const last = tape('a', 'open', { full: true, sequence: 2 });
    expect(choose([full, last, tape('b', 'empty')], { lastWrittenMediaId: 'a' })).toBe('b start');
  });

  test('and when a full tape of it is damaged', () => {
    const full = tape('z', 'open', { full: true, damagedReason: 'medium error' });
    expect(choose([full, tape('a', 'open', { sequence: 2 }), tape('b', 'empty')])).toBe('b start new set');
  });

  test('a set whose last tape is full goes on with the next tape', () => {
    const full = tape('a', 'open', { full: true });
    expect(choose([full, tape('b', 'empty')])).toBe('b start');
    expect(choose([full, tape('b', 'empty')], { lastWrittenMediaId: 'a', sessionStart: now - 10_000 })).toBe('b start');
  });

  test('while another session writes the open tape, this one does not split the set', () => {
    expect(allocate(request([tape('a', 'open', { usedBy: 'session 7' }), tape('b', 'empty')])).decision).toMatchObject({
      mediaId: 'b',
      newSet: false,
    });
  });
});

describe('a pool that overwrites', () => {
  const cyclic: PoolFacts = { ...pool, retention: { kind: 'overwrite' }, replenishFromFree: false, takeBlank: false };
  const full = (id: string, days: number, setId = 's'): MediaFacts =>
    tape(id, 'open', { setId, full: true, lastWrittenAt: now - days * dayMs, setClosedAt: setId === 's' ? null : now });

  test('takes the oldest of former sets first', () => {
    expect(choose([full('a', 3), full('b', 9, 'old'), full('c', 20, 'older')], { pool: cyclic })).toBe('c overwrite');
  });

  test('then ends the set and goes round, but not over what this session wrote', () => {
    const media = [full('a', 3), full('b', 2)];
    expect(choose(media, { pool: cyclic })).toBe('a overwrite new set');
    const mid = { pool: cyclic, lastWrittenMediaId: 'b', sessionStart: now - 10 };
    expect(choose([full('a', 3), full('b', 0)], mid)).toBe('a overwrite new set');
    expect(choose([full('b', 0)], mid)).toBe('wait');
    expect(choose([full('a', 0), full('b', 0)], mid)).toBe('wait');
  });

  test('protected tapes stay', () => {
    expect(choose([tape('a', 'open', { full: true, protectedByAdmin: true })], { pool: cyclic })).toBe('wait');
  });
});

describe('waiting names what would do', () => {
  test.each<[string, MediaFacts, string, string]>([
    [
      'offline',
      tape('a', 'empty', { location: { kind: 'vault', vaultId: 'v', name: 'Bank' } }),
      'bring-in',
      'A (in vault Bank)',
    ],
    [
      'mail slot',
      tape('a', 'free', { location: { kind: 'import-export', libraryId: 'l1', address: 5 } }),
      'import',
      'A',
    ],
    ['unread', tape('a', 'blank', { labelFormat: 'unread' }), 'inventory', 'A'],
    ['switch', tape('a', 'empty', { writeProtected: true }), 'write-protect-switch', 'A'],
    ['expiry', tape('a', 'kept'), 'expiry', '2026-12-20'],
    ['in use', tape('a', 'empty', { usedBy: 'session 7' }), 'in-use', 'A'],
    ['damaged', tape('a', 'empty', { damagedReason: 'x' }), 'add-tape', 'new tape'],
  ])('%s', (_name, media, want, text) => {
    const { decision } = allocate(request([media]));
    expect(decision).toMatchObject({
      kind: 'wait',
      wants: expect.arrayContaining([expect.objectContaining({ code: want })]),
    });
    expect(decision.reason).toContain(text);
  });

  test('many tapes are counted, not listed', () => {
    const media = Array.from({ length: 8 }, (_, i) => tape(`t${i}`, 'empty', offline));
    expect(allocate(request(media)).decision.reason).toContain('and 3 more');
  });
});

test('nextTapeFor puts it in a line', () => {
  expect(nextTapeFor(request([tape('a', 'open')]))).toEqual({
    text: 'A',
    reason: 'It is the open tape of the media set. Weekly goes on with its media set.',
    mediaId: 'a',
  });
  expect(nextTapeFor(request([]))).toMatchObject({ text: 'No tape', mediaId: null });
});

test('tapesNeeded', () => {
  expect([tapesNeeded(0, 100), tapesNeeded(99, 100), tapesNeeded(100, 100), tapesNeeded(250, 100, 0)]).toEqual([
    0, 1, 2, 3,
  ]);
  expect(() => tapesNeeded(1, 0)).toThrow(RangeError);
});

describe('properties', () => {
  const anyTape = fc
    .record({
      kind: fc.constantFrom(
        'open' as const,
        'empty' as const,
        'expired' as const,
        'kept' as const,
        'free' as const,
        'blank' as const,
      ),
      facts: fc.record(
        {
          poolId: fc.constantFrom('p', 'q', 'free', 'unrecognized', 'imported', 'retired'),
          labelFormat: fc.constantFrom(
            'ours' as const,
            'none' as const,
            'foreign' as const,
            'unread' as const,
            'unreadable' as const,
          ),
          setId: fc.constantFrom('s', 'x', 'y', null),
          setClosedAt: fc.constantFrom(null, now - dayMs),
          lastWrittenAt: fc.constantFrom(null, now - dayMs, now - 60 * dayMs, now + 1000),
          expiresAt: fc.constantFrom(null, now - 1, now + dayMs),
          location: fc.constantFrom<MediaFacts['location']>(
            { kind: 'slot', libraryId: 'l1', address: 1 },
            { kind: 'drive', libraryId: 'l2', address: 1 },
            { kind: 'import-export', libraryId: 'l1', address: 1 },
            { kind: 'offline' },
            { kind: 'vault', vaultId: 'v' },
          ),
          full: fc.boolean(),
          worm: fc.boolean(),
          writeProtected: fc.boolean(),
          protectedByAdmin: fc.boolean(),
          committedFiles: fc.constantFrom(0, 3),
          retired: fc.boolean(),
          cleaning: fc.boolean(),
          damagedReason: fc.constantFrom(null, 'x'),
          suspectReason: fc.constantFrom(null, 'x'),
          usedBy: fc.constantFrom(null, 'session 1'),
        },
        { requiredKeys: [] },
      ),
    })
    .map(({ kind, facts }) => ({ ...base, ...kinds[kind], ...facts }));
  const anyRequest = fc
    .record({
      media: fc.array(anyTape, { maxLength: 10 }),
      allocation: fc.constantFrom<PoolFacts['allocation']>({ kind: 'continue' }, { kind: 'session' }),
      retention: fc.constantFrom<PoolFacts['retention']>(
        { kind: 'forever' },
        { kind: 'for', days: 30 },
        { kind: 'overwrite' },
      ),
      rules: fc.record({ replenishFromFree: fc.boolean(), takeBlank: fc.boolean(), worm: fc.boolean() }),
      libraryIds: fc.constantFrom([], ['l1'], ['l2', 'l1']),
      set: fc.boolean(),
      sessionStart: fc.constantFrom(now, now - 2 * dayMs, now - 10 * dayMs),
    })
    .map((r) =>
      request(
        r.media.map((media, index) => ({ ...media, mediaId: `t${index}`, barcode: `T${index}` })),
        {
          pool: { ...pool, ...r.rules, allocation: r.allocation, retention: r.retention, libraryIds: r.libraryIds },
          sessionStart: r.sessionStart,
          ...(r.set ? {} : { set: null }),
        },
      ),
    );

  test('whatever is taken may be written, and nothing protected is given up', () => {
    fc.assert(
      fc.property(anyRequest, (asked) => {
        const { decision, candidates } = allocate(asked);
        expect(candidates.map((c) => c.mediaId).toSorted()).toEqual(asked.media.map((m) => m.mediaId).toSorted());
        const usable = candidates.filter((c) => c.usable);
        expect(usable.map((c) => c.rank)).toEqual(usable.map((_, index) => index + 1));
        expect(decision.kind).toBe(usable.length > 0 ? 'use' : 'wait');
        expect(decision.reason.length).toBeGreaterThan(5);
        for (const { mediaId } of usable) {
          const media = asked.media.find((m) => m.mediaId === mediaId)!;
          expect(media).toMatchObject({
            cleaning: false,
            retired: false,
            damagedReason: null,
            suspectReason: null,
            protectedByAdmin: false,
            writeProtected: false,
            worm: asked.pool.worm,
          });
          expect(['ours', 'none']).toContain(media.labelFormat);
          expect(['slot', 'drive']).toContain(media.location.kind);
          expect(['p', 'free', 'unrecognized']).toContain(media.poolId);
          const ours = media.labelFormat === 'ours' && media.poolId === 'p' && media.committedFiles > 0;
          const appended = decision.kind === 'use' && !decision.newSet && media.setId === 's' && !media.full;
          // Own tapes with data are only overwritten after their protection, as the pool or a hand gives it.
          const ended =
            media.expiresAt === null
              ? asked.pool.retention.kind === 'overwrite' ||
                (asked.pool.retention.kind === 'for' && (media.lastWrittenAt ?? now) <= now - 30 * dayMs)
              : media.expiresAt <= now;
          expect(!ours || appended || ended).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('the order in which tapes are listed changes nothing', () => {
    fc.assert(
      fc.property(anyRequest, (asked) => {
        const reversed = allocate({ ...asked, media: asked.media.toReversed() });
        expect(reversed.decision.kind === 'use' && reversed.decision.mediaId).toEqual(
          ((d) => d.kind === 'use' && d.mediaId)(allocate(asked).decision),
        );
      }),
      { numRuns: 300 },
    );
  });
});
