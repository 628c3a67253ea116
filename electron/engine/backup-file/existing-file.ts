import { blake3 } from '@napi-rs/blake-hash';
import { type AppendedPoint, openAppendSession, openingRecords, sessionRow } from './append-session.ts';
import { type AppendingSession, RunCounters, type StoredBlocksTarget } from './block-task.ts';
import { DedupTable } from './dedup-table.ts';
import type { ChangeableFile } from '../files/file-place.ts';
import { asBackupFileError } from './errors.ts';
import type { PageLocation } from './group-page.ts';
import { commitSuperblock, IndexWriter, writeIndex } from './index-writer.ts';
import { rootFactsOf } from './new-file.ts';
import type { PointState } from './point-state.ts';
import type { BackupFileInfo, Codec, PointMetadata } from './restore-point.ts';
import type { SessionRow } from './root.ts';
import { writeFully } from './stored-bytes.ts';
import { describeFile, type StoredFile } from './stored-file.ts';
import { type Signer, type Superblock } from './superblock.ts';
import { type FileAddress, offer, withdraw } from './worker-files.ts';

/** Appends to a committed file. Until `commit` the file says what it said before, whatever happens. */
export class FileAppender {
  readonly file: StoredFile;
  readonly counters = new RunCounters();
  readonly index: IndexWriter;
  readonly #target: ChangeableFile;
  readonly #address: FileAddress;
  readonly #point: AppendedPoint;
  readonly #generation: number;
  readonly #session: AppendingSession;
  readonly #sessions: SessionRow[];
  readonly #dedup = new DedupTable();
  #opening: Superblock['opening'] = { offset: 0, digest: Buffer.alloc(32) };
  #committing = false;

  private constructor(file: StoredFile, point: AppendedPoint, taken: readonly SessionRow[]) {
    this.file = file;
    this.#target = file.changeable;
    this.#address = offer(this.#target);
    this.#point = point;
    this.#generation = file.superblock.generation + 1;
    this.#session = openAppendSession(file.keyMaterial !== undefined);
    const known = new Set(file.root.sessions.map(({ name }) => name));
    const own = sessionRow(this.#session, file.keyMaterial?.fileKey, this.#generation);
    this.#sessions = [own, ...file.root.sessions, ...taken.filter(({ name }) => !known.has(name))];
    this.index = new IndexWriter(file.place.scratchPath('index'), this.#session, this.counters);
  }

  /**
   * `file` must have been opened to append, and its owner must be the only one to append. `point`: what it will hold; `taken`: sessions
   * whose records may be moved into it, their keys sealed under its own.
   */
  static async open(file: StoredFile, point: AppendedPoint, taken: readonly SessionRow[]): Promise<FileAppender> {
    const appender = new FileAppender(file, point, taken);
    const { committedBytes } = file.superblock;
    try {
      // The rest of an interrupted append would otherwise stay behind the new end.
      await file.changeable.truncate(committedBytes);
    } catch (error) {
      throw asBackupFileError(error, file.path, 'Truncating');
    }
    const described = { fileUuid: file.superblock.fileUuid, generation: appender.#generation };
    const { opening, objects } = openingRecords(appender.#session, described, point, appender.#sessions, () =>
      appender.counters.nextRecord(),
    );
    const bytes = Buffer.concat([opening.bytes, objects.bytes]);
    await writeFully(file.changeable, bytes, committedBytes);
    appender.#opening = { offset: committedBytes, digest: blake3(opening.bytes) };
    appender.counters.reserve(committedBytes + bytes.length);
    return appender;
  }

  blocksTarget(): StoredBlocksTarget {
    return {
      at: this.#address,
      path: this.file.path,
      codec: 'keep',
      session: this.#session,
      movesUnopened: true,
      dedup: this.#dedup.buffer,
    };
  }

  async commit(
    root: { metadata: PointMetadata; codec: Codec; absorbed: string[] },
    sums: { dataBytes: number; storedBytes: number },
    state: PointState,
    kept: readonly { objectIndex: number; page: PageLocation }[],
    signer: Signer | undefined,
  ): Promise<BackupFileInfo> {
    const { path, superblock: before, keyMaterial } = this.file;
    const position = this.counters.get('end');
    const plan = this.index.plan({
      path,
      position,
      state,
      superblock: {
        kind: before.kind,
        blockSizeBytes: before.blockSizeBytes,
        fileUuid: before.fileUuid,
        chainUuid: before.chainUuid,
        generation: this.#generation,
        pointUuid: this.#point.pointUuid,
        parent: this.#point.parent,
        createdAtMs: this.#point.createdAtMs,
        opening: this.#opening,
      },
      facts: rootFactsOf(root.metadata, root.codec, root.absorbed),
      sums: { ...sums, deadBytes: Math.max(0, position - sums.storedBytes) },
      sessions: this.#sessions,
      kept,
      key: keyMaterial,
      signer,
    });
    await writeIndex(this.#target, plan, this.index.spool);
    // The older of the two is written first; after a tail alone was found, both are as good as none.
    const first = this.file.current.place === 'B' ? 'A' : 'B';
    await commitSuperblock(this.#target, plan.encoded, first, () => {
      this.#committing = true;
    });
    await this.index.close();
    const fileSizeBytes = await this.#target.currentSizeBytes();
    withdraw(this.#address);
    this.#dedup.release();
    const superblock = { ...plan.superblock, signer: signer?.publicKey ?? null };
    return describeFile({ path, fileSizeBytes, superblock, root: plan.root, decay: [] }, root.metadata);
  }

  /**
   * Takes back what was appended; the file is whole even if that fails. Once its superblock was begun, everything stays: it
   * may be on the disk although writing or flushing it failed, and says that the bytes are there.
   */
  async abandon(): Promise<void> {
    await this.index.close();
    withdraw(this.#address);
    this.#dedup.release();
    if (this.#committing) return;
    await this.#target.truncate(this.file.superblock.committedBytes).catch(() => undefined);
  }
}
