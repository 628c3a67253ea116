import { zstdDecompressSync } from 'node:zlib';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { faultPoint } from '../faults/fault-points.ts';
import type { ChangeableFile, FilePlace, ReadableFile } from '../files/file-place.ts';
import type { BlockTable } from './block-table.ts';
import { blocksPerPage } from './block-table.ts';
import type { StoredBlocksFile } from './block-task.ts';
import { checksumOf } from './checksum.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { decodePageInto, largestPageBytes } from './index-page.ts';
import { type KeyMaterial, keySectionId, largestKeySectionBytes } from './key-section.ts';
import { type BackupFileInfo, blockCount, type Keys } from './restore-point.ts';
import { decodeRoot, describeFile, largestRootBytes, type PageDirectory, type RootFacts } from './root.ts';
import {
  createFileKey,
  type FileKey,
  open as unseal,
  sealedRole,
  type SealedRole,
  sealOverheadBytes,
} from './sealing.ts';
import {
  chooseSuperblock,
  type CurrentSuperblock,
  dataStart,
  type Extent,
  formatVersion,
  type Superblock,
} from './superblock.ts';
import { type FileAddress, offer, withdraw } from './worker-files.ts';
import { keyWorker } from './workers.ts';

/** What a backup file says about itself without any key. */
export interface SuperblockFacts {
  path: string;
  formatVersion: number;
  fileUuid: string;
  chainUuid: string;
  parentFileUuid: string | null;
  kind: Superblock['kind'];
  generation: number;
  blockSizeBytes: number;
  committedBytes: number;
  fileSizeBytes: number;
  encrypted: boolean;
}

/** A committed backup file, opened. It shows the state of the moment it was opened, whatever is appended later. */
export class StoredFile {
  readonly place: FilePlace;
  /** As people know it. */
  readonly path: string;
  readonly handle: ReadableFile;
  readonly current: CurrentSuperblock;
  readonly superblock: Superblock;
  readonly fileSizeBytes: number;
  readonly facts: RootFacts;
  readonly directory: PageDirectory;
  readonly key: FileKey | undefined;
  /** The data key and the section that carries it, of an encrypted file. */
  readonly keyMaterial: KeyMaterial | undefined;
  readonly #changeable: ChangeableFile | undefined;
  readonly #objectIndexes: Map<string, number>;
  #address: FileAddress | undefined;

  private constructor(unlocked: UnlockedFile, facts: RootFacts, directory: PageDirectory) {
    this.place = unlocked.place;
    this.path = unlocked.path;
    this.handle = unlocked.handle;
    this.#changeable = unlocked.changeable;
    this.current = unlocked.current;
    this.superblock = unlocked.current.superblock;
    this.fileSizeBytes = unlocked.fileSizeBytes;
    this.key = unlocked.key;
    this.keyMaterial = unlocked.keyMaterial;
    this.facts = facts;
    this.directory = directory;
    this.#objectIndexes = new Map(facts.metadata.objects.map((object, index) => [object.id, index]));
  }

  /**
   * Opens a file and reads its root; with `append` also for a {@link changeable} use. Throws {@link BackupFileError}, among them `key-needed`
   * and `wrong-key` for an encrypted file.
   */
  static async open(place: FilePlace, keys: Keys = {}, access: 'read' | 'append' = 'read'): Promise<StoredFile> {
    const located = await locate(place, access);
    try {
      const opened = await unlock(located, keys);
      const unlocked = { ...located, key: opened?.key, keyMaterial: opened?.material };
      const { root } = located.current.superblock;
      const plain = await readIndexPart(unlocked, sealedRole.root, root, root.plainBytes, largestRootBytes, 'its root');
      const { facts, directory } = understand(place.name, () => decodeRoot(plain, located.current.superblock));
      return new StoredFile(unlocked, facts, directory);
    } catch (error) {
      await located.handle.close();
      throw error;
    }
  }

  /** Names the data key; of an encrypted file only. */
  get keyId(): string | undefined {
    return this.keyMaterial && keySectionId(this.keyMaterial.section);
  }

  /** What a child of the file as it is now names as its parent. */
  get stateUuid(): string {
    return this.facts.absorbed.at(-1) ?? this.superblock.fileUuid;
  }

  objectIndex(objectId: string): number | undefined {
    return this.#objectIndexes.get(objectId);
  }

  /** Blocks of an object in this file; 0 when the file does not have it. */
  blockCount(objectId: string): number {
    const object = this.facts.metadata.objects[this.#objectIndexes.get(objectId) ?? -1];
    return object ? blockCount(object.sizeBytes, this.superblock.blockSizeBytes) : 0;
  }

  /** Fills rows that are still absent and below `rowLimit` from this file's page, if it has that page. */
  async readPageInto(
    table: BlockTable,
    objectIndex: number,
    page: number,
    file: number,
    rowLimit = blocksPerPage,
  ): Promise<void> {
    const location = this.directory.find(objectIndex, page);
    if (!location) return;
    const what = `index page ${page} of object ${objectIndex}`;
    const packing = location.zstd ? location.plainBytes : undefined;
    const plain = await readIndexPart(this, sealedRole.page, location, packing, largestPageBytes, what);
    const object = this.facts.metadata.objects[objectIndex];
    const { blockSizeBytes } = this.superblock;
    const blocks = object ? blockCount(object.sizeBytes, blockSizeBytes) : 0;
    const limits = {
      rows: Math.min(blocksPerPage, blocks - page * blocksPerPage),
      firstByte: dataStart,
      endByte: this.superblock.committedBytes,
      largestStoredBytes: blockSizeBytes + sealOverheadBytes,
    };
    understand(this.path, () => decodePageInto(table, plain, location, limits, file, rowLimit));
  }

  /** The file as workers need it. */
  asWorkerFile(): StoredBlocksFile {
    const { handle, path, facts, key, superblock } = this;
    this.#address ??= offer(handle);
    return { at: this.#address, path, codec: facts.codec, key, digestAlgorithm: superblock.digestAlgorithm };
  }

  info(): BackupFileInfo {
    return describeFile(this.path, this.fileSizeBytes, this.superblock, this.facts);
  }

  /** The open file, to be added to. */
  get changeable(): ChangeableFile {
    if (!this.#changeable) throw new TypeError(`${this.path} was opened for reading.`);
    return this.#changeable;
  }

  async close(): Promise<void> {
    withdraw(this.#address);
    await this.handle.close();
  }
}

interface LocatedFile {
  place: FilePlace;
  path: string;
  handle: ReadableFile;
  changeable: ChangeableFile | undefined;
  current: CurrentSuperblock;
  fileSizeBytes: number;
}

interface UnlockedFile extends LocatedFile {
  key: FileKey | undefined;
  keyMaterial: KeyMaterial | undefined;
}

async function locate(place: FilePlace, access: 'read' | 'append'): Promise<LocatedFile> {
  const path = place.name;
  let changeable: ChangeableFile | undefined;
  let handle: ReadableFile;
  try {
    if (access === 'append') changeable = await place.openToAppend();
    handle = changeable ?? (await place.open());
  } catch (error) {
    throw asBackupFileError(error, path, 'Opening');
  }
  try {
    const { sizeBytes } = handle;
    const head = Buffer.alloc(dataStart);
    await readFully(handle, head, 0, Math.min(dataStart, sizeBytes));
    const current = chooseSuperblock(head, sizeBytes, path);
    return { place, path, handle, changeable, current, fileSizeBytes: sizeBytes };
  } catch (error) {
    await handle.close();
    throw asBackupFileError(error, path, 'Reading');
  }
}

async function unlock(file: LocatedFile, keys: Keys): Promise<UnlockedKey | undefined> {
  const { superblock } = file.current;
  if (!superblock.keySection) return undefined;
  const section = await readKeySection(file);
  const recovered = keys.dataKeys?.[keySectionId(section)];
  if (recovered !== undefined) return unlocked(superblock, section, Buffer.from(recovered, 'base64'));
  if (!keys.passphrases?.length && !keys.identities?.length) {
    const code = keys.dataKeys ? 'wrong-key' : 'key-needed';
    throw new BackupFileError(code, file.path, `${file.path} is encrypted. Give its passphrase or an identity.`);
  }
  let dataKey: Uint8Array | undefined;
  try {
    dataKey = await keyWorker().run<Uint8Array | undefined>({ kind: 'open', section, keys });
  } catch (error) {
    throw damaged(file.path, error);
  }
  if (!dataKey) {
    const message = `${file.path} is encrypted, and none of the given keys opens it.`;
    throw new BackupFileError('wrong-key', file.path, message);
  }
  return unlocked(superblock, section, dataKey);
}

interface UnlockedKey {
  key: FileKey;
  material: KeyMaterial;
}

function unlocked(superblock: Superblock, section: Buffer, dataKey: Uint8Array): UnlockedKey {
  return { key: createFileKey(superblock.fileUuid, dataKey), material: { dataKey, section } };
}

async function readKeySection(file: LocatedFile): Promise<Buffer> {
  const extent = file.current.superblock.keySection;
  if (!extent) throw new TypeError('The file has no key section.');
  return readExtent(file, extent, largestKeySectionBytes, 'its key section');
}

/** Reads a file's superblock and nothing that needs a key. Throws as {@link StoredFile.open} does, without key errors. */
export async function readSuperblock(place: FilePlace): Promise<SuperblockFacts> {
  const { handle, path, current, fileSizeBytes } = await locate(place, 'read');
  await handle.close();
  const { superblock } = current;
  return {
    path,
    formatVersion,
    fileUuid: superblock.fileUuid,
    chainUuid: superblock.chainUuid,
    parentFileUuid: superblock.parentFileUuid,
    kind: superblock.kind,
    generation: superblock.generation,
    blockSizeBytes: superblock.blockSizeBytes,
    committedBytes: superblock.committedBytes,
    fileSizeBytes,
    encrypted: superblock.keySection !== undefined,
  };
}

/** Everything about a file but its blocks. Throws {@link BackupFileError}. */
export async function readBackupFileInfo(place: FilePlace, keys?: Keys): Promise<BackupFileInfo> {
  const file = await StoredFile.open(place, keys);
  await file.close();
  return file.info();
}

async function readIndexPart(
  file: UnlockedFile | StoredFile,
  role: SealedRole,
  extent: Extent,
  /** Plain length of a packed part, `undefined` for one that is not packed. */
  plainBytes: number | undefined,
  limit: number,
  what: string,
): Promise<Buffer> {
  const stored = await readExtent(file, extent, limit + sealOverheadBytes, what);
  return understand(file.path, () => {
    if (plainBytes !== undefined && plainBytes > limit) throw new Error(`${what} claims an impossible size`);
    const packed = file.key ? unseal(file.key, role, extent.offset, stored) : stored;
    // An unpacked root is told by its length: packing is only kept where it makes the root shorter.
    if (plainBytes === undefined || plainBytes === packed.length) return packed;
    const plain = zstdDecompressSync(packed, { maxOutputLength: Math.max(1, plainBytes) });
    if (plain.length !== plainBytes) throw new Error(`${what} unpacks to the wrong length`);
    return plain;
  });
}

async function readExtent(
  file: { path: string; handle: ReadableFile; current: CurrentSuperblock },
  extent: Extent,
  limit: number,
  what: string,
): Promise<Buffer> {
  const { path } = file;
  const end = extent.offset + extent.storedBytes;
  if (extent.storedBytes > limit || extent.offset < dataStart || end > file.current.superblock.committedBytes) {
    throw new BackupFileError('corrupt', path, `${path} is damaged: ${what} cannot be where the file says.`);
  }
  const bytes = Buffer.allocUnsafe(extent.storedBytes);
  await readFully(file.handle, bytes, extent.offset, bytes.length);
  if (checksumOf(bytes) !== extent.checksum) {
    const message = `${path} is damaged: ${what} at byte ${extent.offset} does not match its checksum.`;
    throw new BackupFileError('corrupt', path, message);
  }
  return bytes;
}

/** Reads `length` bytes at `position` into the start of `target`; throws `torn` when the file ends before. */
export async function readFully(
  file: ReadableFile,
  target: Uint8Array,
  position: number,
  length: number,
): Promise<void> {
  const { name } = file;
  faultPoint('fs.read', 'before', name);
  const bytesRead = await file.read(target.subarray(0, length), position).catch((error: unknown) => {
    throw asBackupFileError(error, name, 'Reading');
  });
  if (bytesRead < length) throw new BackupFileError('torn', name, `${name} ends before byte ${position + length}.`);
}

function understand<T>(path: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof BackupFileError ? error : damaged(path, error);
  }
}

function damaged(path: string, cause: unknown): BackupFileError {
  const reason = messageOf(cause);
  return new BackupFileError('corrupt', path, `${path} is damaged: ${reason}.`, { cause });
}
