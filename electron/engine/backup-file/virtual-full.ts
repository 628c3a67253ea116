import type { FilePlace } from '../files/file-place.ts';
import type { RunOptions } from '../pipeline/progress.ts';
import { BlockTable, blocksPerPage } from './block-table.ts';
import type { ByteSource } from '../files/byte-source.ts';
import { Chain } from './chain.ts';
import { checksumOf } from './checksum.ts';
import { BackupFileError } from './errors.ts';
import { bodyChecksum, readRecordHeader, recordHeaderBytes, recordType } from './record.ts';
import type { BackupFileInfo, Keys, NewPointMetadata, PointMetadata } from './restore-point.ts';
import { checkMetadata } from './root.ts';
import { tagBytes } from './sealing.ts';
import { readFully } from './stored-bytes.ts';
import { describeFile, type StoredFile } from './stored-file.ts';
import type { Signer } from './superblock.ts';
import { planVirtualFull, type VirtualLayout } from './virtual-layout.ts';

export interface VirtualFullOptions extends RunOptions {
  /** Files of the restore point, newest first, the full last. */
  sources: FilePlace[];
  /** UUIDs of the file to be: the same ones give the same bytes again, after an interruption too. */
  fileUuid: string;
  chainUuid: string;
  /** What to change about the point's description. */
  metadata?: Partial<NewPointMetadata>;
  keys?: Keys;
  /** A directory for the file's index until `close`. */
  spoolDir: string;
  signer?: Signer;
}

/**
 * A full backup file of a restore point that is put together while it is read, and never written here. Stored blocks are
 * taken as they are, unopened, each verified by its checksum; an encrypted chain gives a full under the newest file's key. The sources must not change meanwhile. Reads are served one after another.
 */
export async function openVirtualFull(options: VirtualFullOptions): Promise<ByteSource & { info: BackupFileInfo }> {
  const chain = await Chain.open(options.sources, options.keys);
  try {
    const metadata: PointMetadata = {
      ...chain.metadata,
      ...options.metadata,
      objects: chain.metadata.objects,
      blockSizeBytes: chain.blockSizeBytes,
      productVersion: options.metadata?.productVersion ?? chain.metadata.productVersion,
    };
    checkMetadata(metadata, chain.newest.path);
    const layout = await planVirtualFull(chain, { ...options, metadata });
    return new VirtualFull(chain, layout, metadata, options.signer);
  } catch (error) {
    await chain.close();
    throw error;
  }
}

/** One consecutive part of the file, whole in memory. */
interface Part {
  offset: number;
  bytes: Uint8Array;
}

class VirtualFull implements ByteSource {
  readonly sizeBytes: number;
  readonly info: BackupFileInfo;
  readonly #chain: Chain;
  readonly #layout: VirtualLayout;
  readonly #segmentOffsets: number[];
  readonly #runOffsets: number[];
  /** The record at hand; made once, because fresh memory per block costs more than reading it. */
  readonly #record: Buffer;
  readonly #sources = new BlockTable();
  /** Rows of the loaded run in order of position, and where their records stand. */
  #rows: number[] = [];
  #rowOffsets: number[] = [];
  #loadedRun = -1;
  #part: Part = { offset: 0, bytes: new Uint8Array(0) };
  #turn: Promise<unknown> = Promise.resolve();

  constructor(chain: Chain, layout: VirtualLayout, metadata: PointMetadata, signer: Signer | undefined) {
    this.#chain = chain;
    this.#layout = layout;
    this.sizeBytes = layout.sizeBytes;
    const superblock = { ...layout.plan.superblock, signer: signer?.publicKey ?? null };
    const file = { path: '', fileSizeBytes: layout.sizeBytes, superblock, root: layout.plan.root, decay: [] };
    this.info = describeFile(file, metadata);
    this.#runOffsets = layout.blockRuns.map((run) => run.startOffset);
    this.#segmentOffsets = layout.plan.segments.map(({ offset }) => offset);
    this.#record = Buffer.alloc(recordHeaderBytes + chain.blockSizeBytes + tagBytes);
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    const turn = this.#turn.then(() => this.#fill(buffer, position));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#sources.release();
    await this.#layout.index.close();
    await this.#chain.close();
  }

  async #fill(buffer: Uint8Array, position: number): Promise<number> {
    const length = Math.max(0, Math.min(buffer.length, this.sizeBytes - position));
    let done = 0;
    while (done < length) {
      const at = position + done;
      const { offset, bytes } = this.#part;
      if (at < offset || at >= offset + bytes.length) {
        this.#part = { offset: 0, bytes: new Uint8Array(0) };
        this.#part = await this.#partAt(at);
        continue;
      }
      const piece = bytes.subarray(at - offset, at - offset + length - done);
      buffer.set(piece, done);
      done += piece.length;
    }
    return done;
  }

  async #partAt(position: number): Promise<Part> {
    const { head, plan, index } = this.#layout;
    if (position < head.length) return { offset: 0, bytes: head };
    if (position < (this.#segmentOffsets[0] ?? 0)) return this.#blockAt(position);
    const segment = plan.segments[lastAtOrBelow(this.#segmentOffsets, position)];
    if (!segment) throw new RangeError('The planned file has nothing behind its blocks.');
    const bytes = 'bytes' in segment ? segment.bytes : await index.spool.read(segment.spooled);
    return { offset: segment.offset, bytes };
  }

  async #blockAt(position: number): Promise<Part> {
    await this.#loadRun(lastAtOrBelow(this.#runOffsets, position));
    const place = lastAtOrBelow(this.#rowOffsets, position);
    const row = this.#rows[place] ?? -1;
    const file = this.#chain.files[this.#sources.files[row] ?? -1];
    if (!file) throw new RangeError(`No block of the planned file is at ${position}.`);
    return { offset: this.#rowOffsets[place] ?? 0, bytes: await this.#recordOf(file, row) };
  }

  /** Loads which record stands where in the nth run: as they were placed, each once. */
  async #loadRun(run: number): Promise<void> {
    if (run === this.#loadedRun) return;
    const { page, startOffset, rows } = this.#layout.blockRuns[run] as VirtualLayout['blockRuns'][number];
    this.#loadedRun = -1;
    this.#sources.clear();
    await this.#chain.readPage(page.object.id, page.pageNumber, this.#sources);
    this.#rows = [];
    this.#rowOffsets = [];
    let at = startOffset;
    for (let row = 0; row < blocksPerPage; row += 1) {
      if (((rows[row >>> 3] ?? 0) & (1 << (row & 7))) === 0) continue;
      this.#rows.push(row);
      this.#rowOffsets.push(at);
      at += recordHeaderBytes + (this.#sources.storedBytes[row] ?? 0);
    }
    this.#loadedRun = run;
  }

  async #recordOf(file: StoredFile, row: number): Promise<Uint8Array> {
    const offset = this.#sources.offsets[row] ?? 0;
    const storedBytes = this.#sources.storedBytes[row] ?? 0;
    const record = this.#record.subarray(0, recordHeaderBytes + storedBytes);
    await readFully(file.handle, record, offset, record.length);
    const wanted = this.#sources.checksums[row];
    const header = readRecordHeader(record);
    const right =
      header?.type === recordType.block &&
      header.storedBytes === storedBytes &&
      bodyChecksum(record) === wanted &&
      checksumOf(record.subarray(recordHeaderBytes)) === wanted;
    if (right) return record;
    const message = `${file.path} is damaged: the block at byte ${offset} does not match its checksum.`;
    throw new BackupFileError('corrupt', file.path, message);
  }
}

/** Index of the last of the ascending numbers that is not above `value`; 0 when all are. */
function lastAtOrBelow(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}
