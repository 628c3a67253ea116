import type { ElementRow, LibraryRow, MediaRow, PoolRow } from '../../shared/contract/tape.ts';
import { gib, hourMs, pad, pick, seedNow, series } from './seed-words.ts';

// Libraries, tapes and media pools of the seed.

/** One that works and one that is away. */
export const libraries: LibraryRow[] = [
  {
    id: 'library-0',
    version: 1,
    name: 'Demo library',
    kind: 'virtual',
    vendor: 'REELVLT',
    product: 'Virtual library',
    serial: 'RV00A1B2',
    location: '/var/lib/reelvault/libraries/demo',
    state: 'online',
    stateText: null,
    driveCount: 2,
    slotCount: 24,
    importExportCount: 2,
    mediaCount: 20,
  },
  {
    id: 'library-1',
    version: 1,
    name: 'Second library',
    kind: 'virtual',
    vendor: 'REELVLT',
    product: 'Virtual library',
    serial: 'RV00C3D4',
    location: '/mnt/old/library',
    state: 'offline',
    stateText: 'The folder /mnt/old/library is not there.',
    driveCount: 1,
    slotCount: 8,
    importExportCount: 0,
    mediaCount: 0,
  },
];

export function pool(id: string, kind: PoolRow['kind'], mediaCount: number): PoolRow {
  const names = { free: 'Free', unrecognized: 'Unrecognized', imported: 'Imported', retired: 'Retired', custom: id };
  return {
    id: `pool-${id}`,
    version: 1,
    name: names[kind],
    description: '',
    kind,
    mediaCount,
    onlineCount: Math.ceil(mediaCount / 2),
    usedBytes: mediaCount * 5 * gib,
    freeBytes: mediaCount * 3 * gib,
    allocationText: kind === 'custom' ? 'New media set for every session' : '',
    retentionText: kind === 'custom' ? 'Protected for 90 days' : '',
    nextTape: kind === 'custom' ? 'RV0003L9' : null,
  };
}

export const usualPools = (): PoolRow[] =>
  [
    ...(['free', 'unrecognized', 'imported', 'retired'] as const).map((kind, at) => pool(kind, kind, at + 1)),
    pool('weekly', 'custom', 14),
    pool('monthly', 'custom', 6),
  ].map((row) => (row.kind === 'custom' ? { ...row, name: row.id === 'pool-weekly' ? 'Weekly' : 'Monthly' } : row));

/** The states of a library's every element, in a small library. */
export function elements(media: readonly MediaRow[], slots: number): ElementRow[] {
  const at = new Map(media.map((medium) => [medium.elementAddress, medium]));
  const holding = (address: number): Partial<ElementRow> => {
    const medium = at.get(address);
    return medium === undefined
      ? {}
      : {
          full: true,
          barcode: medium.barcode,
          mediaId: medium.id,
          poolName: medium.poolName,
          mediaState: medium.state,
        };
  };
  const element = (address: number, type: ElementRow['type'], name: string, change: Partial<ElementRow> = {}) => ({
    address,
    type,
    name,
    full: false,
    accessible: true,
    barcode: null,
    mediaId: null,
    poolName: null,
    mediaState: null,
    problem: null,
    busyWith: null,
    ...holding(address),
    ...change,
  });
  return [
    element(1, 'transport', 'Robot'),
    element(101, 'drive', 'Drive 1', { busyWith: 'Weekly to tape' }),
    element(102, 'drive', 'Drive 2', { problem: 'Cleaning is due.' }),
    ...series(slots, (slot) => element(1001 + slot, 'slot', `Slot ${slot + 1}`)),
    element(20_001, 'import-export', 'Mail slot 1'),
    element(20_002, 'import-export', 'Mail slot 2', { accessible: false }),
  ];
}

export function tape(at: number): MediaRow {
  const states = [
    'closed',
    'open',
    'free',
    'expired',
    'closed',
    'suspect',
    'empty',
    'retired',
    'foreign',
    'in-use',
  ] as const;
  const state = at === 0 ? 'in-use' : pick(states, at);
  const pools = [
    'Weekly',
    'Weekly',
    'Free',
    'Weekly',
    'Monthly',
    'Weekly',
    'Monthly',
    'Retired',
    'Unrecognized',
    'Weekly',
  ];
  const poolName = pick(pools, at);
  const online = at < 20;
  const written = !['free', 'empty', 'foreign'].includes(state);
  return {
    id: `tape-${at}`,
    version: 1,
    barcode: `RV${pad(at, 4)}L9`,
    name: `RV${pad(at, 4)}L9`,
    state,
    stateReason: {
      closed: 'Protected until 18 February 2027.',
      open: 'The open tape of its media set: the next session goes on here.',
      free: 'In the Free pool.',
      expired: 'Its protection ended on 2 November 2026.',
      suspect: 'It has fewer tape files than the database says: nothing is written to it.',
      empty: 'Labelled, and nothing on it.',
      retired: 'Retired by an administrator.',
      foreign: 'Another program wrote it: it is never written to.',
      'in-use': 'Weekly to tape writes to it.',
    }[state],
    poolId: `pool-${poolName.toLowerCase()}`,
    poolName,
    setName: written ? `${poolName} set 2026-11-${pad((at % 27) + 1, 2)}` : null,
    sequence: written ? (at % 3) + 1 : null,
    libraryId: online ? 'library-0' : null,
    where: at === 0 ? 'Drive 1' : online ? `Slot ${at + 1}` : 'Offline',
    online,
    elementAddress: at === 0 ? 101 : online ? 1001 + at : null,
    capacityBytes: 8 * gib,
    usedBytes: written ? Math.round(((at % 8) / 8) * 8 * gib) : 0,
    freeBytes: written ? Math.round((1 - (at % 8) / 8) * 8 * gib) : 8 * gib,
    writeProtected: false,
    protectedByAdmin: at % 11 === 4,
    lastWrittenAt: written ? seedNow - at * 30 * hourMs : null,
    expiresAt: state === 'closed' ? seedNow + 90 * 24 * hourMs : null,
    catalogued: written,
    pointCount: written ? 6 + (at % 9) : 0,
  };
}
