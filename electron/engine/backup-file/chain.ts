import type { FilePlace } from '../files/file-place.ts';
import { type BlockTable, blocksPerPage, blockState } from './block-table.ts';
import type { StoredBlocksFile } from './block-task.ts';
import { asBackupFileError, BackupFileError, isMissing } from './errors.ts';
import { firstSectionOf } from './point-state.ts';
import { blockCount, type Keys, type ObjectInfo, type PointMetadata } from './restore-point.ts';
import type { SessionRow } from './root.ts';
import { sealedKeyBytes, sealSessionKey } from './sealing.ts';
import { digestBytes, fillZeroDigests, sectionsOfPage } from './state-digest.ts';
import { StoredFile } from './stored-file.ts';

/**
 * The files of one restore point, newest first, the full last. A block's content is what the newest file with an entry
 * for it says; a file whose object is too short to have the block ends the search: there the content was nothing, so it is
 * zero. Without any entry a block is zero. Roots claim, this proves: no page is used that does not give the sections which the
 * newest file names.
 */
export class Chain {
  readonly files: StoredFile[];
  readonly metadata: PointMetadata;

  private constructor(files: StoredFile[]) {
    this.files = files;
    this.metadata = this.newest.metadata;
  }

  /**
   * Opens files given newest first. Throws `chain-incomplete` unless each was made on the point and state of the next and the last
   * is a full, and `chain-mixed` where block size, chain or encryption differ. The full is opened with `fullAccess`.
   */
  static async open(places: readonly FilePlace[], keys?: Keys, fullAccess: 'read' | 'append' = 'read'): Promise<Chain> {
    const files: StoredFile[] = [];
    try {
      for (const [at, place] of places.entries()) {
        const access = at === places.length - 1 ? fullAccess : 'read';
        files.push(
          await StoredFile.open(place, keys, access).catch((error: unknown) => {
            throw missingAsIncomplete(error, place.name);
          }),
        );
      }
      checkLinks(files);
      return new Chain(files);
    } catch (error) {
      await Promise.all(files.map((file) => file.close()));
      throw error;
    }
  }

  get newest(): StoredFile {
    return this.files[0] as StoredFile;
  }

  get blockSizeBytes(): number {
    return this.newest.superblock.blockSizeBytes;
  }

  get encrypted(): boolean {
    return this.newest.keyMaterial !== undefined;
  }

  /** Damaged copies of doubled parts that were met so far, in words. */
  get decay(): string[] {
    return this.files.flatMap(({ path, decay }) => decay.map((what) => `${path}: ${what}`));
  }

  /** The object with this id in the newest point; throws `object-missing`. */
  object(objectId: string): ObjectInfo {
    const found = this.metadata.objects.find((object) => object.id === objectId);
    if (found) return found;
    const names = this.metadata.objects.map((object) => `${object.name} (${object.id})`).join(', ');
    const { path } = this.newest;
    throw new BackupFileError('object-missing', path, `${path} holds no object ${objectId}. It holds: ${names}.`);
  }

  /** Whether one of the newest `take` files has entries in a page. */
  touches(objectId: string, page: number, take = this.files.length): boolean {
    return this.files.slice(0, take).some((file) => file.objects.get(objectId)?.pages.find(page) !== undefined);
  }

  /**
   * Fills an empty table with one page of an object: stored, zero and lost rows with the file that says so, absent ones where no file
   * has an entry; every row's digest, zeros included. Throws `corrupt` when this is not the state that the newest file names.
   * Gives for each file the number of rows up to which it was asked: rows behind are zero, whatever older files say.
   */
  async readPage(objectId: string, page: number, table: BlockTable): Promise<number[]> {
    const limits: number[] = [];
    let rowLimit = blocksPerPage;
    for (const [file, stored] of this.files.entries()) {
      rowLimit = Math.max(0, Math.min(rowLimit, stored.blockCount(objectId) - page * blocksPerPage));
      limits.push(rowLimit);
      if (rowLimit > 0) await stored.readPageInto(table, objectId, page, file, rowLimit);
    }
    this.#prove(objectId, page, table);
    return limits;
  }

  #prove(objectId: string, page: number, table: BlockTable): void {
    const object = this.newest.objects.get(objectId);
    if (!object) return;
    const { blockSizeBytes } = this;
    const firstBlock = page * blocksPerPage;
    const rows = Math.min(blocksPerPage, blockCount(object.sizeBytes, blockSizeBytes) - firstBlock);
    const zeros = { firstBlock, sizeBytes: object.sizeBytes, blockSizeBytes };
    const names = (row: number): boolean => table.state(row) !== blockState.absent;
    fillZeroDigests(table.digests, rows, names, zeros);
    const found = sectionsOfPage(table.digests, rows, blockSizeBytes);
    const from = firstSectionOf(page, blockSizeBytes) * digestBytes;
    if (Buffer.compare(found, object.sections.subarray(from, from + found.length)) === 0) return;
    const { path } = this.newest;
    const blocks = `blocks ${firstBlock} to ${firstBlock + rows - 1} of ${object.name}`;
    const message = `${path} cannot be used: what its files say of ${blocks} is not what it was made of. One of them was changed, or is not of this point.`;
    throw new BackupFileError('corrupt', path, message);
  }

  /**
   * The sessions whose records the newest `take` files may hold, as a file under `fileKey` names them. Each once: files that
   * moved records on name the same ones.
   */
  sessionRows(fileKey: Uint8Array | undefined, generation: number, take = this.files.length): SessionRow[] {
    const rows = new Map<string, SessionRow>();
    for (const file of this.files.slice(0, take)) {
      for (const { name } of file.root.sessions) {
        const key = file.sessionKeys?.[name];
        const sealedKey =
          fileKey && key ? sealSessionKey(fileKey, Buffer.from(name, 'hex'), key) : Buffer.alloc(sealedKeyBytes);
        if (!rows.has(name)) rows.set(name, { name, sealedKey, generation });
      }
    }
    return [...rows.values()];
  }

  /** The files as workers need them, in the order of `BlockTable.files`. */
  workerFiles(): StoredBlocksFile[] {
    return this.files.map((file) => file.asWorkerFile());
  }

  async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.close()));
  }
}

function missingAsIncomplete(error: unknown, path: string): Error {
  if (error instanceof BackupFileError && isMissing(error)) {
    const message = `The restore point is incomplete: its file ${path} is missing.`;
    return new BackupFileError('chain-incomplete', path, message, { cause: error });
  }
  return asBackupFileError(error, path, 'Opening');
}

function checkLinks(files: StoredFile[]): void {
  if (files.length === 0) throw new BackupFileError('invalid-request', '', 'A restore point needs at least one file.');
  files.forEach((file, at) => {
    const { path, superblock } = file;
    const next = files[at + 1];
    const { parent } = superblock;
    if (!next) {
      if (parent === null) return;
      const message = `The restore point is incomplete: what ${path} was made on (point ${parent.pointUuid}) is missing.`;
      throw new BackupFileError('chain-incomplete', path, message);
    }
    const samePoint = parent?.pointUuid === next.superblock.pointUuid;
    if (!parent || !samePoint || Buffer.compare(parent.state, next.superblock.state) !== 0) {
      const message = samePoint
        ? `The files do not belong together: ${next.path} is the point that ${path} was made on, in another state.`
        : `The files do not belong together: ${path} was not made on the point that ${next.path} holds now. Rescan the repository.`;
      throw new BackupFileError('chain-incomplete', path, message);
    }
    const mixed =
      next.superblock.blockSizeBytes !== superblock.blockSizeBytes ||
      next.superblock.chainUuid !== superblock.chainUuid ||
      (next.keyMaterial === undefined) !== (file.keyMaterial === undefined);
    if (mixed) {
      const message = `${path} and ${next.path} are not of one chain: chain, block size or encryption differ.`;
      throw new BackupFileError('chain-mixed', path, message);
    }
  });
}
