import { blake3 } from '@napi-rs/blake-hash';
import { durableStep } from '../faults/fault-points.ts';
import type { WritableFile } from '../files/file-place.ts';
import { makeRecord, objectKey } from './append-session.ts';
import type { AppendingSession, RunCounters } from './block-task.ts';
import type { BlockTable } from './block-table.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { encodeGroupPage, groupBitsFor, largestGroupPageBytes, type PageLocation } from './group-page.ts';
import { encodePage } from './index-page.ts';
import { PageSpool } from './page-spool.ts';
import { groupsOf, type PointState, stateOfGroups } from './point-state.ts';
import { copiesApartBytes, recordHeaderBytes, recordType } from './record.ts';
import { encodeRoot, type GroupRow, largestRootBytes, type Root, sealedRoot } from './root.ts';
import { writeFully } from './stored-bytes.ts';
import { tagBytes } from './sealing.ts';
import { encodeSuperblock, type Signer, type Superblock, superblockBytes } from './superblock.ts';

/** A stretch of what follows the blocks of an append: the record of a spooled page, or bytes at hand. */
export type IndexSegment = { offset: number; length: number } & ({ spooled: number } | { bytes: Buffer });

/** Everything behind the blocks of an append, ready to be written, and the superblock that makes it count. */
export interface PlannedIndex {
  segments: IndexSegment[];
  superblock: Superblock;
  /** The superblock as it is written at its three places. */
  encoded: ReturnType<typeof encodeSuperblock>;
  root: Root;
  indexBytes: number;
}

/** What whoever makes an append knows of it. */
export interface IndexPlan {
  path: string;
  /** Where the blocks end. */
  position: number;
  state: PointState;
  superblock: Omit<Superblock, 'state' | 'committedBytes' | 'root' | 'keySection'>;
  facts: Omit<Root['facts'], 'dataBytes' | 'storedBytes' | 'deadBytes'>;
  sums: { dataBytes: number; storedBytes: number; deadBytes: number };
  sessions: Root['sessions'];
  /** Pages of earlier appends that go on counting. */
  kept: readonly { objectIndex: number; page: PageLocation }[];
  key: { fileKey: Uint8Array; section: Uint8Array } | undefined;
  signer: Signer | undefined;
  /** Salts of roots: random, but in a file that must come out the same. */
  random?: (bytes: number) => Uint8Array;
}

/** Collects the pages of a run and sums up what they refer to; at the end plans all that stands behind the blocks. */
export class IndexWriter {
  readonly spool: PageSpool;
  readonly #session: AppendingSession;
  readonly #counters: RunCounters;
  /** Records that the pages name, each once, and the plain bytes of all blocks they name. */
  storedBytes = 0;
  dataBytes = 0;

  constructor(spoolPath: string, session: AppendingSession, counters: RunCounters) {
    this.spool = new PageSpool(spoolPath);
    this.#session = session;
    this.#counters = counters;
  }

  /** Takes over the rows of a page that are not absent. `plainLengthOf` gives a row's plain length in bytes. */
  async addPage(
    object: { objectIndex: number; id: string; pageNumber: number },
    table: BlockTable,
    rows: number,
    plainLengthOf: (row: number) => number,
  ): Promise<void> {
    const page = encodePage(table, rows);
    if (!page) return;
    for (let row = 0; row < rows; row += 1) {
      if (!table.hasData(row)) continue;
      this.dataBytes += plainLengthOf(row);
      if (!table.isShared(row)) this.storedBytes += recordHeaderBytes + (table.storedBytes[row] ?? 0);
    }
    const { objectIndex, pageNumber } = object;
    const record = makeRecord(this.#session, this.#counters.nextRecord(), recordType.indexPage, page.plain, {
      object: objectKey(object.id),
      number: pageNumber,
      codec: 'zstd',
    });
    const { storedBytes, plainBytes, checksum, counter } = record;
    const facts = { objectIndex, pageNumber, entryCount: page.entryCount, storedBytes, plainBytes, checksum, counter };
    await this.spool.add(facts, record.bytes);
  }

  /**
   * Places both copies of every page and group, both roots, the key section's second copy and the tail, from `position` on.
   * Throws `invalid-request` where the format does not allow as much.
   */
  plan(plan: IndexPlan): PlannedIndex {
    const { path, position, state, key, kept } = plan;
    const spooled = this.spool.list();
    const pageBytes = sumOfLengths(spooled);
    // Offsets do not change the length of a group page: it is measured first, and made when they are known.
    const pagesAt = (first: number, distance: number) => {
      const pages: PageLocation[][] = [];
      for (const { objectIndex, page } of kept) (pages[objectIndex] ??= []).push(page);
      let at = first;
      for (const page of spooled) {
        (pages[page.objectIndex] ??= []).push({ ...page, offsets: [at, at + distance] });
        at += page.length;
      }
      return (objectIndex: number) => pages[objectIndex] ?? [];
    };
    const measured = state.objects(pagesAt(0, 0));
    const groupBits = groupBitsFor(measured.length);
    const tag = this.#session.key ? tagBytes : 0;
    const lengths = groupsOf(measured, groupBits).map(
      ({ members }) => recordHeaderBytes + encodeGroupPage(members).length + tag,
    );
    const groupBytes = lengths.reduce((sum, length) => sum + length, 0);
    const longest = Math.max(0, ...lengths, ...spooled.map(({ length }) => length));
    const padding = this.#padding(copiesApartBytes - (pageBytes + groupBytes - longest));
    const distance = pageBytes + groupBytes + padding.length;

    const copies: IndexSegment[] = [];
    let at = position;
    for (const [index, { length }] of spooled.entries()) {
      copies.push({ offset: at, length, spooled: index });
      at += length;
    }
    const groups = groupsOf(state.objects(pagesAt(position, distance)), groupBits).map((group): GroupRow => {
      const record = makeRecord(
        this.#session,
        this.#counters.nextRecord(),
        recordType.groupPage,
        encodeGroupPage(group.members),
        { number: group.bits },
      );
      const { bytes, storedBytes, plainBytes, counter, body } = record;
      const offsets = [at, at + distance] as const;
      copies.push({ offset: at, length: bytes.length, bytes });
      at += bytes.length;
      const location = { offsets, storedBytes, plainBytes, digest: blake3(body), counter };
      return { bits: group.bits, objects: group.members.length, sum: group.sum, location };
    });
    const root: Root = { facts: { ...plan.facts, ...plan.sums }, sessions: plan.sessions, groupBits, groups };
    const plainRoot = encodeRoot(root);
    if (plainRoot.length > largestRootBytes || Math.max(0, ...lengths) > largestGroupPageBytes) {
      throw new BackupFileError('invalid-request', path, `The index of ${path} is larger than the format allows.`);
    }
    const { fileUuid, generation } = plan.superblock;
    const stored = sealedRoot(plainRoot, { fileUuid, generation, fileKey: key?.fileKey }, plan.random);
    const between = key ? Buffer.from(key.section) : Buffer.alloc(copiesApartBytes);
    const rootAt = position + 2 * (pageBytes + groupBytes) + padding.length;
    const betweenAt = rootAt + stored.length;
    const secondRootAt = betweenAt + between.length;
    const tailAt = secondRootAt + stored.length;
    const superblock: Superblock = {
      ...plan.superblock,
      state: stateOfGroups(groups, groupBits),
      committedBytes: tailAt + superblockBytes,
      root: {
        offsets: [rootAt, secondRootAt],
        storedBytes: stored.length,
        plainBytes: plainRoot.length,
        digest: blake3(stored),
      },
      keySection: key && { secondOffset: betweenAt, storedBytes: between.length, digest: blake3(between) },
    };
    const encoded = encodeSuperblock(superblock, plan.signer);
    const segments: IndexSegment[] = [
      ...copies,
      { offset: at, length: padding.length, bytes: padding },
      ...copies.map((segment) => ({ ...segment, offset: segment.offset + distance })),
      { offset: rootAt, length: stored.length, bytes: stored },
      { offset: betweenAt, length: between.length, bytes: between },
      { offset: secondRootAt, length: stored.length, bytes: stored },
      { offset: tailAt, length: superblockBytes, bytes: encoded.tail },
    ];
    return {
      segments: segments.filter(({ length }) => length > 0),
      superblock,
      encoded,
      root,
      indexBytes: superblock.committedBytes - position,
    };
  }

  #padding(bytes: number): Buffer {
    if (bytes <= 0) return Buffer.alloc(0);
    const body = Buffer.alloc(Math.max(0, bytes - recordHeaderBytes));
    return makeRecord(this.#session, this.#counters.nextRecord(), recordType.padding, body).bytes;
  }

  close(): Promise<void> {
    return this.spool.close();
  }
}

const sumOfLengths = (parts: readonly { length: number }[]): number =>
  parts.reduce((sum, { length }) => sum + length, 0);

/** Writes what was planned behind the blocks. Nothing of it counts before its superblock does. */
export async function writeIndex(target: WritableFile, plan: PlannedIndex, spool: PageSpool): Promise<void> {
  for (const segment of plan.segments) {
    const bytes = 'bytes' in segment ? segment.bytes : await spool.read(segment.spooled);
    await writeFully(target, bytes, segment.offset);
  }
}

/**
 * Makes a new state of a file the valid one: flushes everything written so far, writes the superblock at `first` and flushes
 * it, and does the same at the other place. A crash leaves the old or the new state. Afterwards both say the
 * same, so that decay of one neither loses the file nor brings an old state back.
 */
export async function commitSuperblock(
  target: WritableFile,
  encoded: PlannedIndex['encoded'],
  first: 'A' | 'B',
  onDataFlushed?: () => void,
): Promise<void> {
  const path = target.name;
  try {
    await durableStep('backup-file.data', path, () => target.flush());
    onDataFlushed?.();
    for (const [step, place] of [
      ['backup-file.superblock', first],
      ['backup-file.mirror', first === 'A' ? 'B' : 'A'],
    ] as const) {
      await durableStep(step, path, async () => {
        await writeFully(target, encoded[place], place === 'A' ? 0 : superblockBytes);
        // The place is there already (new-file.ts): its bytes alone have to be flushed, and no journal waited for.
        await target.flush('data');
      });
    }
  } catch (error) {
    throw asBackupFileError(error, path, 'Flushing');
  }
}
