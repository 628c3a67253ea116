import { randomUUID } from 'node:crypto';
import { type FileHandle, rm, stat } from 'node:fs/promises';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { type StoredBlocksTarget, RunCounters } from './block-task.ts';
import { checksumOf } from './checksum.ts';
import { DedupTable } from './dedup-table.ts';
import { createTemporaryClone, createTemporaryFile, partialSuffix } from '../files/durable-file.ts';
import { publishFile, refuseExisting } from './durable-files.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { commitSuperblock, indexInto, IndexWriter, writeFully } from './index-writer.ts';
import type { BackupFileInfo, Codec, DigestAlgorithm, Encryption } from './restore-point.ts';
import { checkMetadata, describeFile, type RootFacts } from './root.ts';
import { createFileKey, type FileKey } from './sealing.ts';
import { dataStart, type Extent, type Superblock } from './superblock.ts';
import type { KeyMaterial } from './key-section.ts';
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
  path: string;
  /** Whether a file of that name is replaced (compacting); its owner must not need it any more. */
  replace?: boolean;
  fileUuid?: string;
  keyMaterial: KeyMaterial | undefined;
  nonceEpoch?: number;
  /** A file to share extents with: the new one begins as its clone, where the file system can do that. */
  cloneOf?: { path: string; committedBytes: number };
}

/** Facts of a superblock that whoever makes a file decides. */
export type NewFileFacts = Pick<
  Superblock,
  'chainUuid' | 'parentFileUuid' | 'kind' | 'blockSizeBytes' | 'digestAlgorithm' | 'generation'
>;

/** A backup file in the making, under a temporary name until `commit`. */
export class NewFile {
  readonly path: string;
  readonly temporaryPath: string;
  readonly fileUuid: string;
  readonly handle: FileHandle;
  readonly key: FileKey | undefined;
  readonly counters = new RunCounters();
  readonly index: IndexWriter;
  /** Whether the file began as the clone that was asked for. */
  readonly isClone: boolean;
  readonly #replace: boolean;
  readonly #keySection: Extent | undefined;
  readonly #nonceEpoch: number;
  readonly #dedup = new DedupTable();

  private constructor(
    options: NewFileOptions,
    handle: FileHandle,
    temporaryPath: string,
    isClone: boolean,
    keySection?: Extent,
  ) {
    this.path = options.path;
    this.temporaryPath = temporaryPath;
    this.handle = handle;
    this.fileUuid = options.fileUuid ?? randomUUID();
    this.key = options.keyMaterial && createFileKey(this.fileUuid, options.keyMaterial.dataKey);
    this.index = new IndexWriter(`${options.path}.index${partialSuffix}`);
    this.#replace = options.replace ?? false;
    this.#keySection = keySection;
    this.#nonceEpoch = options.nonceEpoch ?? 1;
    this.isClone = isClone;
    this.counters.reserve(
      isClone ? (options.cloneOf?.committedBytes ?? 0) : dataStart + (keySection?.storedBytes ?? 0),
    );
  }

  /** Throws `target-exists` when there is such a file, `target-unusable` when none can be made there. */
  static async create(options: NewFileOptions): Promise<NewFile> {
    const { path } = options;
    if (!options.replace) await refuseExisting(path);
    const temporaryPath = `${path}${partialSuffix}`;
    let handle: FileHandle | undefined;
    try {
      const clone = options.cloneOf && (await createTemporaryClone(temporaryPath, options.cloneOf.path));
      const isClone = clone !== undefined;
      handle = clone ?? (await createTemporaryFile(temporaryPath));
      // Both slots get their place on the disk before the data is flushed: a superblock then overwrites in place.
      if (!isClone) await handle.write(Buffer.alloc(dataStart), 0, dataStart, 0);
      const keySection = await writeKeySection(handle, temporaryPath, options.keyMaterial);
      return new NewFile(options, handle, temporaryPath, isClone, keySection);
    } catch (error) {
      await handle?.close();
      if (handle) await rm(temporaryPath, { force: true });
      const typed = asBackupFileError(error, path, 'Creating');
      if (typed instanceof BackupFileError && typed.code !== 'io-error') throw typed;
      const message = `No backup file can be created at ${path}: ${typed.message}`;
      throw new BackupFileError('target-unusable', path, message, { cause: typed });
    }
  }

  /** What workers need to append blocks to this file. */
  blocksTarget(codec: Codec | 'keep', digestAlgorithm: DigestAlgorithm): StoredBlocksTarget {
    return {
      fd: this.handle.fd,
      path: this.temporaryPath,
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
    const target = indexInto(this.handle, this.temporaryPath, this.key, this.#nonceEpoch);
    const rootExtent = await this.index.write(target, this.counters.get('end'), { ...root, storedBytes, dataBytes });
    const superblock: Superblock = {
      ...facts,
      fileUuid: this.fileUuid,
      root: rootExtent,
      keySection: this.#keySection,
      nonceEpoch: this.#nonceEpoch,
      committedBytes: rootExtent.offset + rootExtent.storedBytes,
    };
    await commitSuperblock({ handle: this.handle, path: this.temporaryPath }, superblock, 0);
    await this.index.close();
    await this.handle.close();
    await publishFile('backup-file', this.temporaryPath, this.path, this.#replace);
    const { size } = await stat(this.path);
    const described = { ...root, storedBytes, dataBytes, indexBytes: this.index.indexBytes };
    const info = describeFile(this.path, size, superblock, described);
    this.#dedup.release();
    return info;
  }

  /** Removes everything made so far; safe after any failure. */
  async abandon(): Promise<void> {
    await this.index.close();
    await this.handle.close().catch(() => undefined);
    await rm(this.temporaryPath, { force: true });
    this.#dedup.release();
  }
}

async function writeKeySection(
  handle: FileHandle,
  path: string,
  keyMaterial: KeyMaterial | undefined,
): Promise<Extent | undefined> {
  if (!keyMaterial) return undefined;
  const bytes = keyMaterial.section;
  await writeFully(handle, path, bytes, dataStart);
  return { offset: dataStart, storedBytes: bytes.length, checksum: checksumOf(bytes) };
}
