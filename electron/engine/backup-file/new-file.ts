import { randomUUID } from 'node:crypto';
import { blake3 } from '@napi-rs/blake-hash';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { type AppendedPoint, openAppendSession, openingRecords, sessionRow } from './append-session.ts';
import { type AppendingSession, RunCounters, type StoredBlocksTarget } from './block-task.ts';
import { DedupTable } from './dedup-table.ts';
import type { FilePlace, UnfinishedFile } from '../files/file-place.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { commitSuperblock, IndexWriter, writeIndex } from './index-writer.ts';
import type { KeyMaterial } from './key-section.ts';
import { totalBytesOf } from './object-pages.ts';
import type { PointState } from './point-state.ts';
import type { BackupFileInfo, Codec, Encryption, PointMetadata } from './restore-point.ts';
import { checkMetadata, type RootFacts, type SessionRow } from './root.ts';
import { writeFully } from './stored-bytes.ts';
import { describeFile } from './stored-file.ts';
import { dataStart, type Signer, type Superblock } from './superblock.ts';
import { type FileAddress, offer, withdraw } from './worker-files.ts';
import { keyWorker } from './workers.ts';

/** A fresh file key wrapped as asked for; `undefined` when no encryption is wanted. Throws `invalid-request`. */
export async function prepareKey(encryption: Encryption | undefined, path: string): Promise<KeyMaterial | undefined> {
  if (!encryption) return undefined;
  try {
    return await keyWorker().run<KeyMaterial>({ kind: 'create', encryption });
  } catch (error) {
    const reason = messageOf(error);
    throw new BackupFileError('invalid-request', path, `The backup cannot be encrypted: ${reason}`, { cause: error });
  }
}

export interface NewFileOptions {
  /** Where the finished file goes. */
  place: FilePlace;
  /** Whether a file of that name is replaced (compacting); its owner must not need it any more. */
  replace?: boolean;
  fileUuid?: string;
  generation?: number;
  keyMaterial: KeyMaterial | undefined;
  /** What the file will hold. */
  point: AppendedPoint;
  /** Sessions whose records may be moved into it, their keys sealed under its own. */
  sessions?: readonly SessionRow[];
  /** A file to share extents with: the new one begins as its clone, where the file system can do that. */
  cloneOf?: { place: FilePlace; committedBytes: number };
}

/** Facts of a superblock that whoever makes a file decides. */
export type NewFileFacts = Pick<Superblock, 'chainUuid' | 'kind' | 'blockSizeBytes'>;

/** A backup file in the making, which nobody sees until `commit`. */
export class NewFile {
  readonly path: string;
  readonly fileUuid: string;
  readonly generation: number;
  readonly handle: UnfinishedFile;
  readonly counters = new RunCounters();
  readonly index: IndexWriter;
  /** Whether the file began as the clone that was asked for. */
  readonly isClone: boolean;
  readonly #options: NewFileOptions;
  readonly #address: FileAddress;
  readonly #session: AppendingSession;
  readonly #sessions: SessionRow[];
  readonly #dedup = new DedupTable();
  #opening: Superblock['opening'] = { offset: 0, digest: Buffer.alloc(32) };

  private constructor(options: NewFileOptions, handle: UnfinishedFile) {
    this.path = options.place.name;
    this.handle = handle;
    this.#address = offer(handle);
    this.fileUuid = options.fileUuid ?? randomUUID();
    this.generation = options.generation ?? 1;
    this.#options = options;
    this.#session = openAppendSession(options.keyMaterial !== undefined);
    const own = sessionRow(this.#session, options.keyMaterial?.fileKey, this.generation);
    this.#sessions = [own, ...(options.sessions ?? [])];
    this.index = new IndexWriter(options.place.scratchPath('index'), this.#session, this.counters);
    this.isClone = handle.isClone;
  }

  /** Throws `target-exists` when there is such a file, `target-unusable` when none can be made there. */
  static async create(options: NewFileOptions): Promise<NewFile> {
    const { place, replace, cloneOf } = options;
    const path = place.name;
    let handle: UnfinishedFile | undefined;
    try {
      handle = await place.create({ area: 'backup-file', replace, cloneOf: cloneOf?.place });
      const file = new NewFile(options, handle);
      await file.#begin();
      return file;
    } catch (error) {
      await handle?.abandon();
      const typed = asBackupFileError(error, path, 'Creating');
      if (typed instanceof BackupFileError && typed.code !== 'io-error') throw typed;
      const message = `No backup file can be created at ${path}: ${typed.message}`;
      throw new BackupFileError('target-unusable', path, message, { cause: typed });
    }
  }

  /** Head and opening: from here on workers append. */
  async #begin(): Promise<void> {
    const { keyMaterial, cloneOf, point } = this.#options;
    // Both places get their room on the disk before the data is flushed: a superblock then overwrites in place.
    const head = Buffer.concat([Buffer.alloc(dataStart), keyMaterial?.section ?? Buffer.alloc(0)]);
    await writeFully(this.handle, head, 0);
    const offset = this.isClone ? (cloneOf?.committedBytes ?? head.length) : head.length;
    const { opening, objects } = openingRecords(this.#session, this, point, this.#sessions, () =>
      this.counters.nextRecord(),
    );
    const bytes = Buffer.concat([opening.bytes, objects.bytes]);
    await writeFully(this.handle, bytes, offset);
    this.#opening = { offset, digest: blake3(opening.bytes) };
    this.counters.reserve(offset + bytes.length);
  }

  /** What workers need to append blocks to this file. */
  blocksTarget(codec: Codec | 'keep', movesUnopened: boolean): StoredBlocksTarget {
    return {
      at: this.#address,
      path: this.handle.name,
      codec,
      session: this.#session,
      movesUnopened,
      dedup: this.#dedup.buffer,
    };
  }

  /** Writes the index, commits, and gives the file its name. */
  async commit(
    facts: NewFileFacts,
    root: Pick<RootFacts, 'codec' | 'absorbed'> & { metadata: PointMetadata },
    state: PointState,
    signer: Signer | undefined,
  ): Promise<BackupFileInfo> {
    const { metadata, codec, absorbed } = root;
    checkMetadata(metadata, this.path);
    const { storedBytes, dataBytes } = this.index;
    const { keyMaterial, point } = this.#options;
    const plan = this.index.plan({
      path: this.path,
      position: this.counters.get('end'),
      state,
      superblock: {
        ...facts,
        fileUuid: this.fileUuid,
        generation: this.generation,
        pointUuid: point.pointUuid,
        parent: point.parent,
        createdAtMs: point.createdAtMs,
        opening: this.#opening,
      },
      facts: rootFactsOf(metadata, codec, absorbed),
      sums: { dataBytes, storedBytes, deadBytes: 0 },
      sessions: this.#sessions,
      kept: [],
      key: keyMaterial,
      signer,
    });
    await writeIndex(this.handle, plan, this.index.spool);
    await commitSuperblock(this.handle, plan.encoded, 'A');
    await this.index.close();
    withdraw(this.#address);
    const fileSizeBytes = await this.handle.publish().catch((error: unknown) => {
      throw asBackupFileError(error, this.path, 'Renaming to');
    });
    this.#dedup.release();
    const superblock = { ...plan.superblock, signer: signer?.publicKey ?? null };
    return describeFile({ path: this.path, fileSizeBytes, superblock, root: plan.root, decay: [] }, metadata);
  }

  /** Removes everything made so far; safe after any failure. */
  async abandon(): Promise<void> {
    await this.index.close();
    withdraw(this.#address);
    await this.handle.abandon();
    this.#dedup.release();
  }
}

/** The JSON part of a root, but for its sums. */
export function rootFactsOf(
  metadata: PointMetadata,
  codec: Codec,
  absorbed: string[],
): Omit<RootFacts, 'dataBytes' | 'storedBytes' | 'deadBytes'> {
  return {
    createdAt: metadata.createdAt,
    machine: metadata.machine,
    job: metadata.job,
    codec,
    sourceBytes: totalBytesOf(metadata.objects),
    absorbed,
    producer: metadata.productVersion,
    marksNumber: 0,
  };
}
