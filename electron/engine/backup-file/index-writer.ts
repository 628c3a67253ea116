import { durableStep, faultPoint } from '../faults/fault-points.ts';
import type { WritableFile } from '../files/file-place.ts';
import type { BlockTable } from './block-table.ts';
import { checksumOf } from './checksum.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { encodePage, packIndex } from './index-page.ts';
import { PageSpool } from './page-spool.ts';
import { encodeRoot, largestRootBytes, PageDirectoryBuilder, type PageLocation, type RootFacts } from './root.ts';
import { type FileKey, seal, sealedRole, type SealedRole } from './sealing.ts';
import { encodeSuperblock, type Extent, type Superblock, superblockBytes } from './superblock.ts';

/** Where an index goes. */
export interface IndexTarget {
  path: string;
  key: FileKey | undefined;
  nonceEpoch: number;
  /** Whether pages and root are compressed; what must be the same each time is not. */
  pack: boolean;
  put(stored: Buffer, offset: number): Promise<void>;
}

/** An index goes to the file that its blocks went to. */
export function indexInto(file: WritableFile, key: FileKey | undefined, nonceEpoch: number): IndexTarget {
  const put = (stored: Buffer, offset: number): Promise<void> => writeFully(file, stored, offset);
  return { path: file.name, key, nonceEpoch, pack: true, put };
}

/** Collects the pages of a run and sums up what they refer to; at the end writes pages and root behind the blocks. */
export class IndexWriter {
  readonly spool: PageSpool;
  storedBytes = 0;
  dataBytes = 0;
  /** Known once written: pages as stored. */
  indexBytes = 0;

  constructor(spoolPath: string) {
    this.spool = new PageSpool(spoolPath);
  }

  /** Takes over the rows of a page that are not absent. `plainLengthOf` gives a row's plain length in bytes. */
  async addPage(
    objectIndex: number,
    pageNumber: number,
    table: BlockTable,
    rows: number,
    plainLengthOf: (row: number) => number,
    pack = true,
  ): Promise<void> {
    const plain = encodePage(objectIndex, pageNumber, table, rows);
    if (!plain) return;
    for (let row = 0; row < rows; row += 1) {
      if (!table.hasData(row)) continue;
      this.dataBytes += plainLengthOf(row);
      if (!table.isShared(row)) this.storedBytes += table.storedBytes[row] ?? 0;
    }
    const { packed, zstd } = pack ? packIndex(plain) : { packed: plain, zstd: false };
    const entryCount = plain.readUInt32LE(8);
    await this.spool.add({ objectIndex, pageNumber, entryCount, plainBytes: plain.length, zstd }, packed);
  }

  /**
   * Puts all pages, then the root, one after another from `position` on. `kept`: pages of the file that stay as they are.
   * Gives the root's place; a file must then be flushed and its superblock written.
   */
  async write(
    target: IndexTarget,
    position: number,
    facts: Omit<RootFacts, 'indexBytes'>,
    kept: Iterable<PageLocation> = [],
  ): Promise<Superblock['root']> {
    const directory = new PageDirectoryBuilder();
    this.indexBytes = 0;
    for (const page of kept) {
      directory.add(page);
      this.indexBytes += page.storedBytes;
    }
    let at = position;
    for (const [index, page] of this.spool.list().entries()) {
      const extent = await putExtent(target, sealedRole.page, at, await this.spool.read(index));
      directory.add({ ...page, ...extent });
      this.indexBytes += extent.storedBytes;
      at += extent.storedBytes;
    }
    const plain = encodeRoot({ ...facts, indexBytes: this.indexBytes }, directory.build());
    if (plain.length > largestRootBytes) {
      throw new BackupFileError(
        'invalid-request',
        target.path,
        `The index of ${target.path} is larger than the format allows.`,
      );
    }
    const packed = target.pack ? packIndex(plain).packed : plain;
    return { ...(await putExtent(target, sealedRole.root, at, packed)), plainBytes: plain.length };
  }

  close(): Promise<void> {
    return this.spool.close();
  }
}

async function putExtent(target: IndexTarget, role: SealedRole, offset: number, packed: Buffer): Promise<Extent> {
  const stored = sealIndexPart(target, role, offset, packed);
  await target.put(stored, offset);
  return { offset, storedBytes: stored.length, checksum: checksumOf(stored) };
}

/** The stored bytes of a page or root at a position. */
export function sealIndexPart(
  target: Pick<IndexTarget, 'key' | 'nonceEpoch'>,
  role: SealedRole,
  offset: number,
  packed: Buffer,
): Buffer {
  return target.key ? seal(target.key, target.nonceEpoch, role, offset, packed) : packed;
}

/** Writes all bytes at a position. */
export async function writeFully(file: WritableFile, bytes: Uint8Array, position: number): Promise<void> {
  try {
    faultPoint('fs.write', 'before', file.name);
    await file.write(bytes, position);
  } catch (error) {
    throw asBackupFileError(error, file.name, 'Writing');
  }
}

/**
 * Makes a new state of a file the valid one: flushes everything written so far, writes the superblock into `slot`, flushes
 * that, and does the same with the other slot. A crash leaves the old or the new state. Afterwards both slots say the
 * same, so that decay of one neither loses the file nor brings an old state back.
 */
export async function commitSuperblock(
  file: WritableFile,
  superblock: Superblock,
  slot: 0 | 1,
  onDataFlushed?: () => void,
): Promise<void> {
  const path = file.name;
  const bytes = encodeSuperblock(superblock);
  try {
    await durableStep('backup-file.data', path, () => file.flush());
    onDataFlushed?.();
    for (const [step, place] of [
      ['backup-file.superblock', slot],
      ['backup-file.mirror', 1 - slot],
    ] as const) {
      await durableStep(step, path, async () => {
        await writeFully(file, bytes, place * superblockBytes);
        // The slot is there already (new-file.ts): its bytes alone have to be flushed, and no journal waited for.
        await file.flush('data');
      });
    }
  } catch (error) {
    throw asBackupFileError(error, path, 'Flushing');
  }
}
