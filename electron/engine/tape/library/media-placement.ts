import { randomUUID } from 'node:crypto';
import type { ElementStatus } from '../../scsi/element-status.ts';
import { elementNames } from '../library-kinds/element-names.ts';
import type { LibraryRecord, MediumRecord } from '../store/tape-records.ts';
import { unrecognizedPoolId } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

/** What a reconciliation of the database with a library's elements came to. */
export interface Placement {
  /** Cartridges seen for the first time. */
  added: MediumRecord[];
  /** Known cartridges that came (back) into this library. */
  arrived: MediumRecord[];
  /** Cartridges that were in this library and are gone. */
  left: MediumRecord[];
  moved: MediumRecord[];
  /** Barcodes that two cartridges carry at once: which one is which is only known from their labels. */
  duplicateBarcodes: string[];
}

/** Barcodes of cleaning cartridges begin with CLN, CLU or CLR (LTO bar code label specification, IBM, 1.5). */
export function isCleaningBarcode(barcode: string): boolean {
  return /^CL[NRU]/.test(barcode);
}

/**
 * Brings the rows of media in line with what the library's robot sees. A barcode is a hint: of several known tapes with
 * one barcode the one that was at this place, or in this library, is taken; labels settle the rest later.
 */
export function placeMedia(
  store: TapeStore,
  library: Pick<LibraryRecord, 'id' | 'name'>,
  elements: readonly ElementStatus[],
  now: number,
): Placement {
  return store.lazily((work) => {
    const result: Placement = { added: [], arrived: [], left: [], moved: [], duplicateBarcodes: [] };
    const names = elementNames(elements);
    const before = store.media.inLibrary(library.id);
    const unmatched = new Map(before.map((medium) => [medium.id, medium]));
    const byAddress = Map.groupBy(before, (medium) => medium.elementAddress);
    const full = elements.filter((element) => element.full);
    const seen = new Set<string>();
    const waiting: ElementStatus[] = [];

    // First those that did not move: they must not lose their row to a cartridge with the same barcode elsewhere.
    for (const element of full) {
      if (element.barcode && seen.has(element.barcode)) result.duplicateBarcodes.push(element.barcode);
      if (element.barcode) seen.add(element.barcode);
      const same = byAddress
        .get(element.address)
        ?.find((medium) => unmatched.has(medium.id) && medium.barcode === (element.barcode ?? ''));
      if (same) unmatched.delete(same.id);
      else waiting.push(element);
    }
    for (const element of waiting) {
      const known = findMedium(store, element, unmatched, library.id);
      if (known) {
        unmatched.delete(known.id);
        const came = known.libraryId !== library.id;
        const fromMailSlot = known.elementType === 'import-export';
        const change = {
          libraryId: library.id,
          elementType: element.type,
          elementAddress: element.address,
          lastPlace: `${names.get(element.address)} in ${library.name}`,
          // Coming back from outside, or taken out of the mail slot by the robot, ends an export.
          ...(came || (fromMailSlot && element.type !== 'import-export') ? { exportedAt: null } : {}),
          // Outside, anything may have happened to it: its switch, its contents.
          ...(came && known.labelFormat !== 'ours' ? { labelFormat: 'unread' as const } : {}),
        };
        store.media.update(work, known.id, change);
        (came ? result.arrived : result.moved).push({ ...known, ...change });
      } else {
        const medium = newMedium(element, library, names.get(element.address) ?? '', now);
        store.media.insert(work, medium);
        result.added.push(medium);
      }
    }
    for (const medium of unmatched.values()) {
      const change = { libraryId: null, elementType: null, elementAddress: null };
      store.media.update(work, medium.id, change);
      result.left.push({ ...medium, ...change });
    }
    return result;
  });
}

function findMedium(
  store: TapeStore,
  element: ElementStatus,
  unmatched: Map<string, MediumRecord>,
  libraryId: string,
): MediumRecord | undefined {
  if (!element.barcode) {
    // Without a barcode only the way tells: the robot says where the cartridge came from.
    return [...unmatched.values()].find(
      (medium) => medium.barcode === '' && element.source !== undefined && medium.elementAddress === element.source,
    );
  }
  const rows = store.media.byBarcode(element.barcode);
  const here = rows.filter((medium) => unmatched.has(medium.id));
  const elsewhere = rows.filter((medium) => medium.libraryId === null);
  return (
    here.find((medium) => medium.elementAddress === element.source) ??
    here[0] ??
    // A tape whose contents turned out to be another's keeps its row, but no longer its barcode's place.
    elsewhere.find((medium) => medium.suspectReason === null) ??
    elsewhere[0] ??
    rows.find((medium) => medium.libraryId !== null && medium.libraryId !== libraryId)
  );
}

function newMedium(
  element: ElementStatus,
  library: Pick<LibraryRecord, 'id' | 'name'>,
  place: string,
  now: number,
): MediumRecord {
  const barcode = element.barcode ?? '';
  return {
    ...blankMedium(now),
    barcode,
    name: barcode || `Tape without barcode (${place})`,
    libraryId: library.id,
    elementType: element.type,
    elementAddress: element.address,
    lastPlace: `${place} in ${library.name}`,
    cleaning: isCleaningBarcode(barcode),
  };
}

/** A tape about which nothing is known yet. */
export function blankMedium(now: number): MediumRecord {
  return {
    id: randomUUID(),
    barcode: '',
    name: '',
    tapeUuid: null,
    labelFormat: 'unread',
    labelText: null,
    labelReadAt: null,
    poolId: unrecognizedPoolId,
    setId: null,
    sequence: null,
    libraryId: null,
    elementType: null,
    elementAddress: null,
    lastPlace: null,
    exportedAt: null,
    worm: false,
    writeProtected: false,
    protectedByAdmin: false,
    capacityBytes: null,
    usedBytes: 0,
    lastWrittenAt: null,
    full: false,
    suspectReason: null,
    damagedReason: null,
    retired: false,
    cleaning: false,
    cataloguedAt: null,
    writeCount: 0,
    loadCount: 0,
    committedFiles: 0,
    createdAt: now,
  };
}
