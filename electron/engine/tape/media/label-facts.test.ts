import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TapeLabel } from '../archive/label.ts';
import { applyLabel, registerSet } from './label-facts.ts';
import { blankMedium } from '../library/media-placement.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import { pointOn, register, temporaryStore, uuid } from '../testing/memory-tape.ts';

let world: ReturnType<typeof temporaryStore>;
beforeEach(() => {
  world = temporaryStore();
  const record = {
    id: 'lib',
    name: 'L',
    connection: { kind: 'virtual' as const, path: '/l' },
    location: '/l',
    vendor: '',
    product: '',
    serial: '',
    createdAt: 0,
  };
  world.store.now((work) => world.store.libraries.insert(work, record, {}));
});
afterEach(() => world.close());

const set = (poolUuid = 'nobody knows') => ({
  uuid: uuid(500),
  poolName: 'Weekly',
  poolUuid,
  name: 'Set',
  createdAt: 1,
  sequence: 2,
});

function label(number: number, withSet = true): TapeLabel {
  const version = { format: 'reelvault-tape', version: 1 } as const;
  return {
    kind: 'ours',
    label: {
      ...version,
      kind: 'label',
      uuid: uuid(number),
      barcode: `T${number}`,
      label: `T${number}`,
      createdAt: 1,
      recordBytes: 262_144,
      product: 'Reelvault',
    },
    ...(withSet ? { set: { ...version, kind: 'set', ...set(), encryption: null } } : {}),
  };
}

function medium(barcode: string, more: Partial<MediumRecord> = {}): MediumRecord {
  const row: MediumRecord = {
    ...blankMedium(1),
    barcode,
    name: barcode,
    libraryId: 'lib',
    elementType: 'drive',
    elementAddress: 21,
    // A tape that is known by its label was in hand before.
    ...(more.tapeUuid ? { labelReadAt: 1 } : {}),
    ...more,
  };
  world.store.now((work) => world.store.media.insert(work, row));
  return row;
}

function customPool(id = 'pool'): void {
  const rules = {
    allocation: { kind: 'continue' as const },
    retention: { kind: 'forever' as const },
    libraryIds: [],
    replenishFromFree: true,
    takeBlank: true,
    maxDrives: 1,
  };
  world.store.now((work) =>
    world.store.pools.save(work, { id, name: id, description: '', kind: 'custom', rules, createdAt: 0 }),
  );
}

const get = (row: MediumRecord): MediumRecord | undefined => world.store.media.get(row.id);

describe('an unknown cartridge', () => {
  test('blank: goes to Free', () => {
    const row = medium('A');
    expect(applyLabel(world.store, row.id, { kind: 'blank' }, 7)).toMatchObject({ note: null });
    expect(get(row)).toMatchObject({ labelFormat: 'none', poolId: 'free', labelReadAt: 7 });
  });

  test('blank, but put into a pool already: stays there', () => {
    customPool();
    const row = medium('A', { poolId: 'pool' });
    applyLabel(world.store, row.id, { kind: 'blank' }, 7);
    expect(get(row)?.poolId).toBe('pool');
  });

  test('foreign: stays Unrecognized, even when it was taken for a free one', () => {
    const row = medium('A', { poolId: 'free' });
    const { note } = applyLabel(world.store, row.id, { kind: 'foreign', description: 'a Bacula volume' }, 7);
    expect(note).toContain('a Bacula volume');
    expect(get(row)).toMatchObject({ labelFormat: 'foreign', poolId: 'unrecognized', labelText: 'a Bacula volume' });
  });

  test('unreadable: damaged, and whole again when it can be read', () => {
    const row = medium('A');
    applyLabel(world.store, row.id, { kind: 'unreadable', description: 'medium error' }, 7);
    expect(get(row)).toMatchObject({ labelFormat: 'unreadable', damagedReason: 'medium error' });
    applyLabel(world.store, row.id, { kind: 'blank' }, 8);
    expect(get(row)).toMatchObject({ labelFormat: 'none', damagedReason: null });
  });

  test('ours, of a pool that is not known here: Imported, its set closed', () => {
    const row = medium('A');
    const { note } = applyLabel(world.store, row.id, label(1), 7);
    expect(note).toContain('not catalogued');
    expect(get(row)).toMatchObject({
      tapeUuid: uuid(1),
      poolId: 'imported',
      setId: uuid(500),
      sequence: 2,
      cataloguedAt: null,
    });
    expect(world.store.pools.set(uuid(500))?.closedReason).toBe('imported');
  });

  test('ours, of a pool that is here: goes into it', () => {
    customPool('pool');
    expect(world.store.now((work) => registerSet(work, world.store, set('pool')))).toBe('pool');
    const row = medium('A');
    applyLabel(world.store, row.id, label(1), 7);
    expect(get(row)?.poolId).toBe('pool');
  });
});

describe('a known tape', () => {
  test('its own label: nothing changes', () => {
    const row = medium('A', { tapeUuid: uuid(1), labelFormat: 'ours' });
    expect(applyLabel(world.store, row.id, label(1), 7)).toMatchObject({ note: null, medium: { id: row.id } });
  });

  test('the label of another known tape: that one takes the place, this one is somewhere else', () => {
    const thought = medium('A', { tapeUuid: uuid(1), labelFormat: 'ours' });
    const real = medium('B', {
      tapeUuid: uuid(2),
      labelFormat: 'ours',
      libraryId: null,
      elementType: null,
      elementAddress: null,
    });
    const outcome = applyLabel(world.store, thought.id, label(2), 7);
    expect(outcome.medium.id).toBe(real.id);
    expect(outcome.note).toContain('not A');
    expect(get(real)).toMatchObject({ elementAddress: 21, barcode: 'A' });
    expect(get(thought)).toMatchObject({ libraryId: null, tapeUuid: uuid(1) });
  });

  test.each([
    ['blank', { kind: 'blank' } as const],
    ['foreign', { kind: 'foreign', description: 'x' } as const],
    ['a tape never seen', label(9)],
  ])('a cartridge with its barcode that is %s: two rows, and what was known is kept', (_, found) => {
    world.store.now((work) =>
      world.store.pools.saveSet(work, {
        id: uuid(500),
        poolId: 'imported',
        name: 'S',
        createdAt: 1,
        lastWrittenAt: 1,
        closedAt: 1,
        closedReason: 'x',
      }),
    );
    const row = medium('A', { tapeUuid: uuid(1), labelFormat: 'ours', setId: uuid(500) });
    register(
      world.store,
      { id: uuid(500), poolId: 'imported' },
      pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]),
      1,
    );
    const outcome = applyLabel(world.store, row.id, found, 7);
    expect(outcome.medium.id).not.toBe(row.id);
    expect(outcome.medium).toMatchObject({ barcode: 'A', elementAddress: 21 });
    expect(get(row)).toMatchObject({ libraryId: null, tapeUuid: uuid(1) });
    expect(get(row)?.suspectReason).toContain('other contents');
    expect(world.store.catalogue.pointsOnTape(uuid(1))).toHaveLength(1);
  });

  test('a row that stood only for a barcode goes when its cartridge turns out to be a known tape', () => {
    const thought = medium('A');
    const real = medium('', { tapeUuid: uuid(2), labelFormat: 'ours', libraryId: null, elementAddress: null });
    applyLabel(world.store, thought.id, label(2), 7);
    expect(get(thought)).toBeUndefined();
    expect(get(real)).toMatchObject({ barcode: 'A', elementAddress: 21 });
  });
});

describe('after a crash', () => {
  const begin = (row: MediumRecord, kind: 'overwrite' | 'erase'): void => {
    const overwrite = {
      kind: 'overwrite' as const,
      oldTapeUuid: row.tapeUuid,
      newTapeUuid: uuid(77),
      setId: uuid(600),
      sequence: 1,
      poolId: 'pool',
    };
    void world.store.now((work) =>
      world.store.intents.begin(work, { ...(kind === 'overwrite' ? overwrite : { kind }), mediumId: row.id }, null, 1),
    );
  };
  const withPoint = (): MediumRecord => {
    customPool();
    world.store.now((work) =>
      world.store.pools.saveSet(work, {
        id: uuid(500),
        poolId: 'pool',
        name: 'S',
        createdAt: 1,
        lastWrittenAt: 1,
        closedAt: 1,
        closedReason: null,
      }),
    );
    const row = medium('A', {
      tapeUuid: uuid(1),
      labelFormat: 'unread',
      setId: uuid(500),
      poolId: 'pool',
      cataloguedAt: 1,
    });
    register(world.store, { id: uuid(500), poolId: 'pool' }, pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]), 1);
    return row;
  };

  test.each(['overwrite', 'erase'] as const)('%s that never began: everything is as it was', (kind) => {
    const row = withPoint();
    begin(row, kind);
    applyLabel(world.store, row.id, label(1), 7);
    expect(world.store.intents.all()).toEqual([]);
    expect(get(row)).toMatchObject({ tapeUuid: uuid(1), setId: uuid(500), labelFormat: 'ours' });
    expect(world.store.catalogue.pointsOnTape(uuid(1))).toHaveLength(1);
  });

  test('an overwrite that got as far as the label: an empty tape of the pool, the old points gone', () => {
    const row = withPoint();
    begin(row, 'overwrite');
    applyLabel(world.store, row.id, label(77), 7);
    expect(world.store.intents.all()).toEqual([]);
    expect(get(row)).toMatchObject({
      tapeUuid: uuid(77),
      setId: null,
      poolId: 'pool',
      labelFormat: 'ours',
      cataloguedAt: 7,
    });
    expect(world.store.catalogue.pointsOnTape(uuid(1))).toEqual([]);
  });

  test('an erase that was done: blank, in Free, the points gone', () => {
    const row = withPoint();
    begin(row, 'erase');
    applyLabel(world.store, row.id, { kind: 'blank' }, 7);
    expect(get(row)).toMatchObject({ tapeUuid: null, setId: null, poolId: 'free', labelFormat: 'none' });
    expect(world.store.catalogue.pointsOnTape(uuid(1))).toEqual([]);
  });

  test('while the label cannot be read, it stays unsettled', () => {
    const row = withPoint();
    begin(row, 'erase');
    applyLabel(world.store, row.id, { kind: 'unreadable', description: 'x' }, 7);
    expect(world.store.intents.all()).toHaveLength(1);
    expect(world.store.catalogue.pointsOnTape(uuid(1))).toHaveLength(1);
  });
});
