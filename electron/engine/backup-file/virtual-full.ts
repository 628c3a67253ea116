import type { RunOptions } from '../pipeline/progress.ts';
import type { FilePlace } from '../files/file-place.ts';
import { BlockTable, blocksPerPage } from './block-table.ts';
import type { ByteSource } from '../files/byte-source.ts';
import { Chain } from './chain.ts';
import { checksumOf } from './checksum.ts';
import { BackupFileError } from './errors.ts';
import { sealIndexPart } from './index-writer.ts';
import { decodePageInto } from './index-page.ts';
import type { BackupFileInfo, Keys, NewPointMetadata, PointMetadata } from './restore-point.ts';
import { checkMetadata, describeFile } from './root.ts';
import { open as unseal, seal, sealedRole, sealOverheadBytes } from './sealing.ts';
import { dataStart } from './superblock.ts';
import { readFully, type StoredFile } from './stored-file.ts';
import { planVirtualFull, type VirtualLayout, virtualNonceEpoch } from './virtual-layout.ts';

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
}

/**
 * A full backup file of a restore point that is put together while it is read, and never written here. Stored blocks are
 * taken as they are, each verified by its checksum. Where a file of the chain is encrypted, so is the full, under the key
 * of the newest such file. The sources must not change meanwhile. Reads are served one after another.
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
    return new VirtualFull(chain, layout);
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
  /** Offsets of the index pages; one more for the root. */
  readonly #pageOffsets: number[] = [];
  readonly #runOffsets: number[];
  /** Bytes of the block at hand; made once, because fresh memory per block costs more than reading it. */
  readonly #stored: Buffer;
  readonly #sources = new BlockTable();
  readonly #planned = new BlockTable();
  #loadedRun = -1;
  #part: Part = { offset: 0, bytes: new Uint8Array(0) };
  #turn: Promise<unknown> = Promise.resolve();

  constructor(chain: Chain, layout: VirtualLayout) {
    this.#chain = chain;
    this.#layout = layout;
    this.sizeBytes = layout.sizeBytes;
    this.info = describeFile('', layout.sizeBytes, layout.superblock, layout.facts);
    this.#runOffsets = layout.blockRuns.map((run) => run.startOffset);
    this.#stored = Buffer.alloc(chain.blockSizeBytes + sealOverheadBytes);
    let at = layout.indexOffset;
    for (const page of layout.index.spool.list()) {
      this.#pageOffsets.push(at);
      at += page.length + (layout.key ? sealOverheadBytes : 0);
    }
    this.#pageOffsets.push(at);
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    const turn = this.#turn.then(() => this.#fill(buffer, position));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#turn;
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
    const { head, indexOffset, index, root, key } = this.#layout;
    if (position < head.length) return { offset: 0, bytes: head };
    if (position < indexOffset) return this.#blockAt(position);
    const page = lastAtOrBelow(this.#pageOffsets, position);
    const offset = this.#pageOffsets[page] ?? 0;
    if (page === this.#pageOffsets.length - 1) return { offset, bytes: root };
    const packed = await index.spool.read(page);
    return { offset, bytes: sealIndexPart({ key, nonceEpoch: virtualNonceEpoch }, sealedRole.page, offset, packed) };
  }

  async #blockAt(position: number): Promise<Part> {
    await this.#loadRun(lastAtOrBelow(this.#runOffsets, position));
    let row = -1;
    for (let candidate = 0; candidate < blocksPerPage; candidate += 1) {
      if (!this.#planned.hasData(candidate) || this.#planned.isShared(candidate)) continue;
      if ((this.#planned.offsets[candidate] ?? 0) > position) break;
      row = candidate;
    }
    const file = this.#chain.files[this.#sources.files[row] ?? -1];
    if (!file) throw new RangeError(`No block of the planned file is at ${position}.`);
    return { offset: this.#planned.offsets[row] ?? 0, bytes: await this.#storedBytes(file, row) };
  }

  /** Loads source and target of every block that stands in the nth run. */
  async #loadRun(run: number): Promise<void> {
    if (run === this.#loadedRun) return;
    const { blockRuns, index, superblock } = this.#layout;
    const { page, spooled } = blockRuns[run] as VirtualLayout['blockRuns'][number];
    this.#loadedRun = -1;
    this.#sources.clear();
    await this.#chain.readPage(page.object.id, page.pageNumber, this.#sources);
    const facts = index.spool.list()[spooled];
    if (!facts) throw new RangeError('The planned page is missing.');
    this.#planned.clear();
    const limits = {
      rows: blocksPerPage,
      firstByte: dataStart,
      endByte: superblock.committedBytes,
      largestStoredBytes: superblock.blockSizeBytes + sealOverheadBytes,
    };
    decodePageInto(this.#planned, await index.spool.read(spooled), facts, limits, 0, blocksPerPage);
    this.#loadedRun = run;
  }

  async #storedBytes(file: StoredFile, row: number): Promise<Uint8Array> {
    const { key } = this.#layout;
    const offset = this.#sources.offsets[row] ?? 0;
    const stored = this.#stored.subarray(0, this.#sources.storedBytes[row]);
    await readFully(file.handle, stored, offset, stored.length);
    const fail = (what: string, cause?: unknown): never => {
      const message = `${file.path} is damaged: the block at byte ${offset} ${what}.`;
      throw new BackupFileError('corrupt', file.path, message, { cause });
    };
    if (checksumOf(stored) !== this.#sources.checksums[row]) fail('does not match its checksum');
    let packed: Uint8Array = stored;
    try {
      if (file.key) packed = unseal(file.key, sealedRole.block, offset, stored);
    } catch (error) {
      fail('cannot be decrypted', error);
    }
    if (!key) return packed;
    return seal(key, virtualNonceEpoch, sealedRole.block, this.#planned.offsets[row] ?? 0, packed);
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
