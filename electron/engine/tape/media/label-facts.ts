import { durableStep } from '../../faults/fault-points.ts';
import type { UnitOfWork } from '../../database/unit-of-work.ts';
import { formatCount } from '../../../../shared/domain/format.ts';
import type { TapeLabel } from '../archive/label.ts';
import type { SetIdentity } from '../archive/documents.ts';
import { blankMedium } from '../library/media-placement.ts';
import type { MediumChange } from '../store/media-store.ts';
import { freePoolId, importedPoolId, type MediumRecord, unrecognizedPoolId } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

export interface LabelOutcome {
  /** The row of the cartridge in the drive: perhaps another one than was expected. */
  medium: MediumRecord;
  /** What an administrator should hear about it. */
  note: string | null;
}

/** What was read at the beginning of a tape, or why it could not be. */
export type LabelReading = TapeLabel | { kind: 'unreadable'; description: string };

/**
 * Makes the database say what the label in hand says. The label is the identity: when it is another tape's than the
 * barcode promised, the rows are sorted out so that each stands for one tape, and nothing known of either is lost. Durable
 * when `store.flushed()` was awaited.
 */
export function applyLabel(store: TapeStore, mediumId: string, label: LabelReading, now: number): LabelOutcome {
  return store.later((work) => {
    const medium = store.media.get(mediumId);
    if (!medium) throw new Error(`There is no tape ${mediumId}.`);
    settleIntents(work, store, medium, label, now);
    const current = store.media.get(mediumId) ?? medium;
    const outcome =
      label.kind === 'ours'
        ? applyOurs(work, store, current, label, now)
        : applyOther(work, store, current, label, now);
    if (label.kind === 'unreadable') return outcome;
    const replaced = forgetReplaced(work, store, outcome.medium);
    return replaced === null ? outcome : { ...outcome, note: [outcome.note, replaced].filter(Boolean).join(' ') };
  });
}

/** A crash came in the middle of labelling or erasing: the label shows how far it got. */
function settleIntents(
  work: UnitOfWork,
  store: TapeStore,
  medium: MediumRecord,
  label: LabelReading,
  now: number,
): void {
  if (label.kind === 'unreadable') return;
  for (const { id, intent } of store.intents.of(medium.id)) {
    const uuid = label.kind === 'ours' ? label.label.uuid : null;
    if (uuid === null || uuid !== medium.tapeUuid) {
      // What was to be overwritten is: nothing of it can be restored any more.
      forgetContents(work, store, medium);
      store.media.update(work, medium.id, {
        labelFormat: 'unread',
        poolId: intent.kind === 'erase' ? freePoolId : medium.poolId,
      });
    }
    const wasMarked = medium.tapeUuid === null;
    if (
      intent.kind === 'overwrite' &&
      uuid !== null &&
      (uuid === intent.newTapeUuid || (wasMarked && uuid === intent.oldTapeUuid))
    ) {
      // Labelled, but nothing was committed behind the label: an empty tape of its pool. Or not begun: what still stands on it is
      // given up already, and cataloguing it would bring it back.
      store.media.update(work, medium.id, {
        tapeUuid: uuid,
        labelFormat: 'ours',
        labelReadAt: now,
        cataloguedAt: now,
        poolId: intent.poolId,
      });
    }
    store.intents.settle(work, id);
  }
}

/** Facts of a tape on which nothing is. */
export const emptied = {
  tapeUuid: null,
  labelText: null,
  setId: null,
  sequence: null,
  usedBytes: 0,
  full: false,
  suspectReason: null,
  cataloguedAt: null,
  tapeState: null,
} as const satisfies MediumChange;

/**
 * The contents of a tape are about to be overwritten or erased: durably gone from the catalogue before its first byte is. A crash
 * from here on leaves no point that reads as whole and is not; if the tape was not touched after all, cataloguing it brings
 * them back. Returns how many points there were.
 */
export function markGone(store: TapeStore, medium: MediumRecord): Promise<number> {
  return durableStep('tape.mark-gone', medium.barcode, () =>
    store.durably((work) => {
      const lost = forgetContents(work, store, medium);
      store.media.update(work, medium.id, { labelFormat: 'unread' });
      return lost;
    }),
  );
}

/** Removes from the catalogue what can no longer be restored because this tape is overwritten or erased. */
export function forgetContents(work: UnitOfWork, store: TapeStore, medium: MediumRecord): number {
  const removed = medium.tapeUuid === null ? 0 : store.catalogue.removeTape(work, medium.tapeUuid);
  store.media.update(work, medium.id, emptied);
  store.pools.removeEmptySets(work);
  return removed;
}

/**
 * Tapes that only catalogues on later tapes told of, with the barcode of the cartridge in hand: they were in it before.
 * What they held is gone. Returns what to say of it.
 */
function forgetReplaced(work: UnitOfWork, store: TapeStore, inDrive: MediumRecord): string | null {
  if (inDrive.barcode === '') return null;
  const replaced = store.media
    .byBarcode(inDrive.barcode)
    .filter(
      (other) =>
        other.id !== inDrive.id && other.tapeUuid !== null && other.libraryId === null && other.labelReadAt === null,
    );
  let points = 0;
  for (const medium of replaced) {
    points += forgetContents(work, store, medium);
    if (!medium.retired && !medium.protectedByAdmin) store.media.remove(work, medium.id);
  }
  return points === 0
    ? null
    : `The catalogues of later tapes listed ${formatCount(points, 'restore point')} on an earlier tape in this cartridge: overwritten since.`;
}

function applyOurs(
  work: UnitOfWork,
  store: TapeStore,
  medium: MediumRecord,
  label: Extract<TapeLabel, { kind: 'ours' }>,
  now: number,
): LabelOutcome {
  const { uuid } = label.label;
  if (medium.tapeUuid === uuid) {
    store.media.update(work, medium.id, { labelFormat: 'ours', labelReadAt: now, damagedReason: null });
    return { medium: store.media.get(medium.id) ?? medium, note: null };
  }
  const known = store.media.byUuid(uuid);
  if (known) return { medium: takePlace(work, store, medium, known, now), note: wrongTapeNote(medium, known) };
  const row = medium.tapeUuid === null ? medium : setAside(work, store, medium, now);
  const set = label.set;
  const identified: MediumChange = {
    tapeUuid: uuid,
    labelFormat: 'ours',
    labelText: null,
    labelReadAt: now,
    barcode: row.barcode || label.label.barcode,
    name: row.barcode || label.label.barcode || label.label.label || row.name,
    poolId: set ? registerSet(work, store, set) : importedPoolId,
    setId: set?.uuid ?? null,
    sequence: set?.sequence ?? null,
    // When it was written is not known before it is catalogued; it counts as just written until then.
    lastWrittenAt: row.lastWrittenAt ?? (set ? now : null),
    cataloguedAt: null,
    tapeState: null,
    suspectReason: null,
    damagedReason: null,
  };
  store.media.update(work, row.id, identified);
  const from = set ? `media set “${set.name}” of pool “${set.poolName}”` : 'no media set';
  return {
    medium: store.media.get(row.id) ?? row,
    note: `Tape ${identified.name} was written by Reelvault (${from}) and is not catalogued here yet.`,
  };
}

function applyOther(
  work: UnitOfWork,
  store: TapeStore,
  medium: MediumRecord,
  label: Exclude<LabelReading, { kind: 'ours' }>,
  now: number,
): LabelOutcome {
  if (label.kind === 'unreadable') {
    store.media.update(work, medium.id, {
      damagedReason: label.description,
      labelReadAt: now,
      ...(medium.tapeUuid === null ? { labelFormat: 'unreadable' as const } : {}),
    });
    return {
      medium: store.media.get(medium.id) ?? medium,
      note: `The beginning of tape ${medium.name} cannot be read: ${label.description}`,
    };
  }
  const known = medium.tapeUuid !== null;
  const row = known ? setAside(work, store, medium, now) : medium;
  const keepsPool = row.poolId !== unrecognizedPoolId && row.poolId !== importedPoolId && !known;
  const change: MediumChange =
    label.kind === 'blank'
      ? {
          ...emptied,
          labelFormat: 'none',
          labelReadAt: now,
          damagedReason: null,
          poolId: keepsPool ? row.poolId : freePoolId,
        }
      : {
          ...emptied,
          labelFormat: 'foreign',
          labelText: label.description,
          labelReadAt: now,
          damagedReason: null,
          poolId: keepsPool && row.poolId !== freePoolId ? row.poolId : unrecognizedPoolId,
        };
  store.media.update(work, row.id, change);
  const found = label.kind === 'blank' ? 'is blank' : `holds ${label.description}`;
  const note = known
    ? `The cartridge with barcode ${medium.barcode} ${found}, but the tape known by that barcode holds backups: it was exchanged, or overwritten elsewhere.`
    : label.kind === 'foreign'
      ? `Tape ${row.name} ${found}: it is not written before it is erased here.`
      : null;
  return { medium: store.media.get(row.id) ?? row, note };
}

/** The set of a tape that came from outside; its pool, or Imported where that is not known here. Returns the pool's id. */
export function registerSet(work: UnitOfWork, store: TapeStore, set: SetIdentity): string {
  const existing = store.pools.set(set.uuid);
  if (existing) return existing.poolId;
  const pool = store.pools.get(set.poolUuid);
  const poolId = pool?.kind === 'custom' ? pool.id : importedPoolId;
  store.pools.saveSet(work, {
    id: set.uuid,
    poolId,
    name: set.name,
    createdAt: set.createdAt,
    lastWrittenAt: null,
    // What another database began is not continued from here before its tapes are catalogued.
    closedAt: poolId === importedPoolId ? set.createdAt : null,
    closedReason: poolId === importedPoolId ? 'imported' : null,
  });
  return poolId;
}

/** `known` is what is really in hand: it takes the place (and barcode) that `thought` was recorded at. */
function takePlace(
  work: UnitOfWork,
  store: TapeStore,
  thought: MediumRecord,
  known: MediumRecord,
  now: number,
): MediumRecord {
  const { libraryId, elementType, elementAddress, lastPlace, barcode } = thought;
  if (thought.tapeUuid === null && !thought.retired && !thought.protectedByAdmin) store.media.remove(work, thought.id);
  else store.media.update(work, thought.id, { libraryId: null, elementType: null, elementAddress: null });
  store.media.update(work, known.id, {
    libraryId,
    elementType,
    elementAddress,
    lastPlace,
    barcode: barcode || known.barcode,
    labelFormat: 'ours',
    labelReadAt: now,
  });
  return store.media.get(known.id) ?? known;
}

function wrongTapeNote(thought: MediumRecord, known: MediumRecord): string | null {
  if (thought.tapeUuid === null) return null;
  return `The cartridge with barcode ${thought.barcode} is tape ${known.name} (${known.tapeUuid}) by its label, not ${thought.name}.`;
}

/** The row keeps what is known of the tape it stands for, which is somewhere else; a new row gets its place. */
function setAside(work: UnitOfWork, store: TapeStore, medium: MediumRecord, now: number): MediumRecord {
  const row: MediumRecord = {
    ...blankMedium(now),
    barcode: medium.barcode,
    name: medium.barcode || medium.name,
    libraryId: medium.libraryId,
    elementType: medium.elementType,
    elementAddress: medium.elementAddress,
    lastPlace: medium.lastPlace,
    writeProtected: medium.writeProtected,
    capacityBytes: medium.capacityBytes,
  };
  store.media.update(work, medium.id, {
    libraryId: null,
    elementType: null,
    elementAddress: null,
    suspectReason: `The cartridge with its barcode, seen on ${new Date(now).toISOString().slice(0, 10)}, has other contents.`,
  });
  store.media.insert(work, row);
  return row;
}
