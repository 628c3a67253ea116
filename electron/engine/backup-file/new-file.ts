import { randomUUID } from 'node:crypto';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { type StoredBlocksTarget, RunCounters } from './block-task.ts';
import { checksumOf } from './checksum.ts';
import { DedupTable } from './dedup-table.ts';
import type { FilePlace, UnfinishedFile } from '../files/file-place.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { commitSuperblock, indexInto, IndexWriter, writeFully } from './index-writer.ts';
import type { BackupFileInfo, Codec, DigestAlgorithm, Encryption } from './restore-point.ts';
import { checkMetadata, describeFile, type RootFacts } from './root.ts';
import { createFileKey, type FileKey } from './sealing.ts';
import { dataStart, type Extent, type Superblock } from './superblock.ts';
import type { KeyMaterial } from './key-section.ts';
import { type FileAddress, offer, withdraw } from './worker-files.ts';
import { keyWorker } from './workers.ts';

/** A fresh data key wrapped as asked for; `undefined` when no encryption is wanted. Throws `invalid-request`. */
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
  keyMaterial: KeyMaterial | undefined;
  nonceEpoch?: number;
  /** A file to share extents with: the new one begins as its clone, where the file system can do that. */
  cloneOf?: { place: FilePlace; committedBytes: number };
}

/** Facts of a superblock that whoever makes a file decides. */
export type NewFileFacts = Pick<
  Superblock,
  'chainUuid' | 'parentFileUuid' | 'kind' | 'blockSizeBytes' | 'digestAlgorithm' | 'generation'
>;

/** A backup file in the making, which nobody sees until `commit`. */
export class NewFile {
  readonly path: string;
  readonly fileUuid: string;
  readonly handle: UnfinishedFile;
  readonly key: FileKey | undefined;
  readonly counters = new RunCounters();
  readonly index: IndexWriter;
  /** Whether the file began as the clone that was asked for. */
  readonly isClone: boolean;
  readonly #address: FileAddress;
  readonly #keySection: Extent | undefined;
  readonly #nonceEpoch: number;
  readonly #dedup = new DedupTable();

  private constructor(options: NewFileOptions, handle: UnfinishedFile, keySection?: Extent) {
    this.path = options.place.name;
    this.handle = handle;
    this.fileUuid = options.fileUuid ?? randomUUID();
    this.key = options.keyMaterial && createFileKey(this.fileUuid, options.keyMaterial.dataKey);
    this.index = new IndexWriter(options.place.scratchPath('index'));
    this.#address = offer(handle);
    this.#keySection = keySection;
    this.#nonceEpoch = options.nonceEpoch ?? 1;
    this.isClone = handle.isClone;
    this.counters.reserve(
      this.isClone ? (options.cloneOf?.committedBytes ?? 0) : dataStart + (keySection?.storedBytes ?? 0),
    );
  }

  /** Throws `target-exists` when there is such a file, `target-unusable` when none can be made there. */
  static async create(options: NewFileOptions): Promise<NewFile> {
    const { place, replace, cloneOf } = options;
    const path = place.name;
    let handle: UnfinishedFile | undefined;
    try {
      handle = await place.create({ area: 'backup-file', replace, cloneOf: cloneOf?.place });
      // Both slots get their place on the disk before the data is flushed: a superblock then overwrites in place.
      if (!handle.isClone) await handle.write(Buffer.alloc(dataStart), 0);
      return new NewFile(options, handle, await writeKeySection(handle, options.keyMaterial));
    } catch (error) {
      await handle?.abandon();
      const typed = asBackupFileError(error, path, 'Creating');
      if (typed instanceof BackupFileError && typed.code !== 'io-error') throw typed;
      const message = `No backup file can be created at ${path}: ${typed.message}`;
      throw new BackupFileError('target-unusable', path, message, { cause: typed });
    }
  }

  /** What workers need to append blocks to this file. */
  blocksTarget(codec: Codec | 'keep', digestAlgorithm: DigestAlgorithm): StoredBlocksTarget {
    return {
      at: this.#address,
      path: this.handle.name,
      codec,
      digestAlgorithm,
      key: this.key,
      nonceEpoch: this.#nonceEpoch,
      dedup: this.#dedup.buffer,
    };
  }

  /** Writes the index, commits, and gives the file its name. */
  async commit(
    facts: NewFileFacts,
    root: Omit<RootFacts, 'indexBytes' | 'storedBytes' | 'dataBytes'>,
  ): Promise<BackupFileInfo> {
    checkMetadata(root.metadata, this.path);
    const { storedBytes, dataBytes } = this.index;
    const target = indexInto(this.handle, this.key, this.#nonceEpoch);
    const rootExtent = await this.index.write(target, this.counters.get('end'), { ...root, storedBytes, dataBytes });
    const superblock: Superblock = {
      ...facts,
      fileUuid: this.fileUuid,
      root: rootExtent,
      keySection: this.#keySection,
      nonceEpoch: this.#nonceEpoch,
      committedBytes: rootExtent.offset + rootExtent.storedBytes,
    };
    await commitSuperblock(this.handle, superblock, 0);
    await this.index.close();
    withdraw(this.#address);
    const sizeBytes = await this.handle.publish().catch((error: unknown) => {
      throw asBackupFileError(error, this.path, 'Renaming to');
    });
    const described = { ...root, storedBytes, dataBytes, indexBytes: this.index.indexBytes };
    const info = describeFile(this.path, sizeBytes, superblock, described);
    this.#dedup.release();
    return info;
  }

  /** Removes everything made so far; safe after any failure. */
  async abandon(): Promise<void> {
    await this.index.close();
    withdraw(this.#address);
    await this.handle.abandon();
    this.#dedup.release();
  }
}

async function writeKeySection(
  file: UnfinishedFile,
  keyMaterial: KeyMaterial | undefined,
): Promise<Extent | undefined> {
  if (!keyMaterial) return undefined;
  const bytes = keyMaterial.section;
  await writeFully(file, bytes, dataStart);
  return { offset: dataStart, storedBytes: bytes.length, checksum: checksumOf(bytes) };
}
