import { blake3 } from '@napi-rs/blake-hash';
import type { ChangeableFile, FilePlace, ReadableFile } from '../files/file-place.ts';
import { type BlockTable, blocksPerPage } from './block-table.ts';
import type { StoredBlocksFile } from './block-task.ts';
import { checksumOf } from './checksum.ts';
import { noteDecay, readDoubled } from './doubled-parts.ts';
import { BackupFileError } from './errors.ts';
import { decodeGroupPage, groupOf, largestGroupPageBytes, type PageLocation, type PlacedObject } from './group-page.ts';
import { decodePageInto, largestIndexPageBytes } from './index-page.ts';
import { type KeyMaterial, keySectionId } from './key-section.ts';
import { damaged, locate, type LocatedFile, understand, unlock } from './located-file.ts';
import { stateOfGroups } from './point-state.ts';
import { readRecordHeader, recordHeaderBytes, recordType } from './record.ts';
import { openRecord } from './record-body.ts';
import { type BackupFileInfo, blockCount, type Keys, type ObjectInfo, type PointMetadata } from './restore-point.ts';
import { decodeRoot, type GroupRow, type Root, unsealedRoot } from './root.ts';
import { openSessionKey, tagBytes } from './sealing.ts';
import { sumOf } from './state-digest.ts';
import { readFully } from './stored-bytes.ts';
import {
  type CurrentSuperblock,
  dataStart,
  fingerprintOf,
  type SignedSuperblock,
  superblockBytes,
} from './superblock.ts';
import { type FileAddress, offer, withdraw } from './worker-files.ts';

/** What a backup file says about itself without any key. */
export interface SuperblockFacts
  extends Pick<
    SignedSuperblock,
    'fileUuid' | 'chainUuid' | 'pointUuid' | 'kind' | 'generation' | 'createdAtMs' | 'blockSizeBytes' | 'committedBytes'
  > {
  path: string;
  fileSizeBytes: number;
  encrypted: boolean;
  /** What an increment was made on; null for a full. */
  parent: { pointUuid: string; state: string } | null;
  /** State digest of the point, in hexadecimal. */
  state: string;
  signer: string | null;
}

/** A committed backup file, opened. It shows the state of the moment it was opened, whatever is appended later. */
export class StoredFile {
  readonly place: FilePlace;
  /** As people know it. */
  readonly path: string;
  readonly handle: ReadableFile;
  readonly current: CurrentSuperblock;
  readonly superblock: SignedSuperblock;
  readonly fileSizeBytes: number;
  readonly root: Root;
  /** Its objects as the state has them, by id; of a point of very many, those whose groups the file itself holds. */
  readonly objects: ReadonlyMap<string, PlacedObject>;
  /** The file's key and the section that carries it, of an encrypted file. */
  readonly keyMaterial: KeyMaterial | undefined;
  /** Keys of its sessions by their names; undefined where the file is not encrypted. */
  readonly sessionKeys: Record<string, Uint8Array> | undefined;
  /** Doubled parts of which one copy was found damaged, in words. */
  readonly decay: string[];
  readonly #changeable: ChangeableFile | undefined;
  readonly #sessions: ReadonlySet<string>;
  #address: FileAddress | undefined;

  private constructor(file: UnlockedFile, root: Root, objects: readonly PlacedObject[]) {
    this.place = file.place;
    this.path = file.path;
    this.handle = file.handle;
    this.#changeable = file.changeable;
    this.current = file.current;
    this.superblock = file.current.superblock;
    this.fileSizeBytes = file.fileSizeBytes;
    this.keyMaterial = file.keyMaterial;
    this.decay = file.decay;
    this.sessionKeys = file.sessionKeys;
    this.#sessions = new Set(root.sessions.map(({ name }) => name));
    this.root = root;
    this.objects = new Map(objects.map((object) => [object.id, object]));
  }

  /**
   * Opens a file and reads its root and object tables, proving each claim that follows from another. With `append` also for a
   * {@link changeable} use. Throws {@link BackupFileError}, among them `key-needed` and `wrong-key` for an encrypted file, and `forged`.
   */
  static async open(place: FilePlace, keys: Keys = {}, access: 'read' | 'append' = 'read'): Promise<StoredFile> {
    const path = place.name;
    const located = await locate(place, access);
    try {
      const keyMaterial = await unlock(located, keys);
      const { superblock } = located.current;
      const stored = await readDoubled(
        located,
        superblock.root.offsets,
        superblock.root.storedBytes,
        'the root',
        (bytes) => (bytes.length > 0 && equal(blake3(bytes), superblock.root.digest) ? bytes : undefined),
      );
      const identity = { fileUuid: superblock.fileUuid, generation: superblock.generation };
      const root = understand(path, () =>
        decodeRoot(
          unsealedRoot(stored, superblock.root.plainBytes, { ...identity, fileKey: keyMaterial?.fileKey }),
          superblock,
        ),
      );
      const sessionKeys = keyMaterial && understand(path, () => openSessions(root, keyMaterial.fileKey));
      const unlocked: UnlockedFile = { ...located, keyMaterial, sessionKeys };
      if (!equal(stateOfGroups(root.groups, root.groupBits), superblock.state)) {
        throw damaged(path, new Error('its root does not prove the state that it claims'));
      }
      const objects: PlacedObject[] = [];
      for (const group of root.groups) objects.push(...(await readGroup(unlocked, root, group)));
      const file = new StoredFile(unlocked, root, objects);
      // A file whose head is gone counts only as a whole: nothing else says that this tail was the newest.
      if (located.current.place === 'tail') await file.#checkEveryPage();
      return file;
    } catch (error) {
      await located.handle.close();
      throw error;
    }
  }

  /** Names the file's key; of an encrypted file only. */
  get keyId(): string | undefined {
    return this.keyMaterial && keySectionId(this.keyMaterial.section);
  }

  /** Blocks of an object in this file's state; 0 when it does not have it. */
  blockCount(objectId: string): number {
    const object = this.objects.get(objectId);
    return object ? blockCount(object.sizeBytes, this.superblock.blockSizeBytes) : 0;
  }

  get metadata(): PointMetadata {
    const { facts } = this.root;
    const objects = [...this.objects.values()].map(({ id, name, kind, sizeBytes }) => ({ id, name, kind, sizeBytes }));
    return {
      pointUuid: this.superblock.pointUuid,
      createdAt: facts.createdAt,
      machine: facts.machine,
      job: facts.job,
      objects: inOrder(objects),
      blockSizeBytes: this.superblock.blockSizeBytes,
      productVersion: facts.producer,
    };
  }

  /** Fills rows that are still absent and below `rowLimit` from this file's page, if it has that page. */
  async readPageInto(
    table: BlockTable,
    objectId: string,
    pageNumber: number,
    file: number,
    rowLimit = blocksPerPage,
  ): Promise<void> {
    const object = this.objects.get(objectId);
    const page = object?.pages.find(pageNumber);
    if (!object || !page) return;
    const plain = await this.#readPage(object, page);
    const { blockSizeBytes, committedBytes, kind } = this.superblock;
    const limits = {
      entryCount: page.entryCount,
      rows: Math.min(blocksPerPage, this.blockCount(objectId) - pageNumber * blocksPerPage),
      firstByte: dataStart,
      endByte: committedBytes,
      largestStoredBytes: blockSizeBytes + tagBytes,
      full: kind === 'full',
    };
    understand(this.path, () => decodePageInto(table, plain, limits, file, rowLimit));
  }

  async #readPage(object: PlacedObject, page: PageLocation): Promise<Buffer> {
    const what = `index page ${page.pageNumber} of ${object.name}`;
    const length = recordHeaderBytes + page.storedBytes;
    const key = object.place.subarray(0, 8);
    const bytes = await readDoubled(this, page.offsets, length, what, (record) => {
      const header = readRecordHeader(record);
      const stored = record.subarray(recordHeaderBytes);
      const right =
        header?.type === recordType.indexPage &&
        header.storedBytes === page.storedBytes &&
        header.plainBytes === page.plainBytes &&
        header.counter === page.counter &&
        header.number === page.pageNumber &&
        equal(header.object, key) &&
        checksumOf(stored) === page.checksum;
      return right ? record : undefined;
    });
    return understand(this.path, () => openRecord(this, this.#sessions, bytes, largestIndexPageBytes, what));
  }

  /** Looks at both copies of everything that stands twice, and notes in {@link decay} those that are damaged. */
  async checkCopies(): Promise<void> {
    const { root, keySection, opening } = this.superblock;
    const digest =
      (wanted: Uint8Array, from = 0) =>
      (bytes: Buffer) =>
        equal(blake3(bytes.subarray(from)), wanted);
    await this.#checkCopies('the root', root.offsets, root.storedBytes, digest(root.digest));
    if (keySection) {
      const offsets = [dataStart, keySection.secondOffset];
      await this.#checkCopies('the key section', offsets, keySection.storedBytes, digest(keySection.digest));
    }
    const first = await this.#bytesAt(opening.offset, recordHeaderBytes);
    const header = first && readRecordHeader(first);
    const length = recordHeaderBytes + Math.min(header?.storedBytes ?? 0, largestOpeningBytes);
    await this.#checkCopies('the opening', [opening.offset], length, digest(opening.digest));
    for (const { bits, location } of this.root.groups) {
      if (!location) continue;
      const what = `object table ${bits}`;
      const right = digest(location.digest, recordHeaderBytes);
      await this.#checkCopies(what, location.offsets, recordHeaderBytes + location.storedBytes, right);
    }
    for (const object of this.objects.values()) {
      for (const page of object.pages) {
        const what = `index page ${page.pageNumber} of ${object.name}`;
        const right = (bytes: Buffer): boolean =>
          readRecordHeader(bytes) !== undefined && checksumOf(bytes.subarray(recordHeaderBytes)) === page.checksum;
        await this.#checkCopies(what, page.offsets, recordHeaderBytes + page.storedBytes, right);
      }
    }
  }

  async #checkCopies(
    what: string,
    offsets: readonly number[],
    length: number,
    right: (bytes: Buffer) => boolean,
  ): Promise<void> {
    for (const offset of offsets) {
      const bytes = await this.#bytesAt(offset, length);
      if (!bytes || !right(bytes)) noteDecay(this.decay, `A copy of ${what} (at byte ${offset}) is damaged.`);
    }
  }

  async #bytesAt(offset: number, length: number): Promise<Buffer | undefined> {
    const bytes = Buffer.alloc(length);
    try {
      await readFully(this.handle, bytes, offset, length);
      return bytes;
    } catch (error) {
      if (error instanceof BackupFileError) return undefined;
      throw error;
    }
  }

  async #checkEveryPage(): Promise<void> {
    for (const object of this.objects.values()) {
      for (const page of object.pages) await this.#readPage(object, page);
    }
  }

  /** The file as workers need it. */
  asWorkerFile(): StoredBlocksFile {
    const { path, root, sessionKeys } = this;
    this.#address ??= offer(this.handle);
    return { at: this.#address, path, codec: root.facts.codec, sessionKeys };
  }

  info(): BackupFileInfo {
    return describeFile(this, this.metadata);
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

const collator = new Intl.Collator('en', { numeric: true });
/** A file keeps no order of its objects: they are shown by name. */
const inOrder = (objects: readonly ObjectInfo[]): ObjectInfo[] =>
  [...objects].sort((a, b) => collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
const largestOpeningBytes = 104 + 64 * 65_536;
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What a caller is told about a file. */
export function describeFile(
  file: {
    path: string;
    fileSizeBytes: number;
    superblock: SignedSuperblock;
    root: Pick<Root, 'facts'>;
    decay: readonly string[];
  },
  metadata: PointMetadata,
): BackupFileInfo {
  const { superblock, root } = file;
  const { parent, signer } = superblock;
  return {
    path: file.path,
    fileUuid: superblock.fileUuid,
    chainUuid: superblock.chainUuid,
    parent: parent && { pointUuid: parent.pointUuid, state: hex(parent.state) },
    state: hex(superblock.state),
    signer: signer && fingerprintOf(signer),
    kind: superblock.kind,
    generation: superblock.generation,
    fileSizeBytes: file.fileSizeBytes,
    storedBytes: root.facts.storedBytes,
    deadBytes: root.facts.deadBytes,
    dataBytes: root.facts.dataBytes,
    metadata: { ...metadata, objects: inOrder(metadata.objects) },
    absorbed: root.facts.absorbed,
    decay: [...file.decay],
    encrypted: superblock.keySection !== undefined,
    codec: root.facts.codec,
  };
}

interface UnlockedFile extends LocatedFile {
  keyMaterial: KeyMaterial | undefined;
  sessionKeys: Record<string, Uint8Array> | undefined;
}

function openSessions(root: Root, fileKey: Uint8Array): Record<string, Uint8Array> {
  return Object.fromEntries(
    root.sessions.map(({ name, sealedKey }) => [name, openSessionKey(fileKey, Buffer.from(name, 'hex'), sealedKey)]),
  );
}

/** The objects of a group, none where the parent holds it. */
async function readGroup(file: UnlockedFile, root: Root, group: GroupRow): Promise<PlacedObject[]> {
  const { path } = file;
  const { location } = group;
  if (!location) return [];
  const what = `object table ${group.bits}`;
  if (location.storedBytes > largestGroupPageBytes + tagBytes) throw damaged(path, new Error(`${what} is too large`));
  const length = recordHeaderBytes + location.storedBytes;
  const bytes = await readDoubled(file, location.offsets, length, what, (record) => {
    const header = readRecordHeader(record);
    const right =
      header?.type === recordType.groupPage &&
      header.storedBytes === location.storedBytes &&
      header.plainBytes === location.plainBytes &&
      header.counter === location.counter &&
      header.number === group.bits &&
      equal(blake3(record.subarray(recordHeaderBytes)), location.digest);
    return right ? record : undefined;
  });
  const sessions = new Set(root.sessions.map(({ name }) => name));
  return understand(path, () => {
    const { superblock } = file.current;
    const objects = decodeGroupPage(openRecord(file, sessions, bytes, largestGroupPageBytes, what), {
      blockSizeBytes: superblock.blockSizeBytes,
      firstByte: dataStart,
      endByte: superblock.committedBytes - superblockBytes,
      largestPageBytes: largestIndexPageBytes,
    });
    if (objects.some(({ place }) => groupOf(place, root.groupBits) !== group.bits)) {
      throw new Error(`${what} holds an object of another one`);
    }
    if (objects.length !== group.objects || !equal(sumOf(objects), group.sum)) {
      throw new Error(`${what} does not prove what the root claims`);
    }
    return objects;
  });
}

/** Reads a file's superblock and nothing that needs a key. Throws as {@link StoredFile.open} does, without key errors. */
export async function readSuperblock(place: FilePlace): Promise<SuperblockFacts> {
  const { handle, path, current, fileSizeBytes } = await locate(place, 'read');
  await handle.close();
  const { superblock } = current;
  const { fileUuid, chainUuid, pointUuid, kind, generation, createdAtMs, blockSizeBytes, committedBytes } = superblock;
  const { parent, state, signer } = superblock;
  return {
    path,
    fileUuid,
    chainUuid,
    pointUuid,
    kind,
    generation,
    createdAtMs,
    blockSizeBytes,
    committedBytes,
    fileSizeBytes,
    parent: parent && { pointUuid: parent.pointUuid, state: hex(parent.state) },
    state: hex(state),
    encrypted: superblock.keySection !== undefined,
    signer: signer && fingerprintOf(signer),
  };
}

/** Everything about a file but its blocks. Throws {@link BackupFileError}. */
export async function readBackupFileInfo(place: FilePlace, keys?: Keys): Promise<BackupFileInfo> {
  const file = await StoredFile.open(place, keys);
  await file.close();
  return file.info();
}
