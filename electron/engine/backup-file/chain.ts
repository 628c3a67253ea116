import type { FilePlace } from '../files/file-place.ts';
import type { BlockTable } from './block-table.ts';
import { blocksPerPage } from './block-table.ts';
import type { StoredBlocksFile } from './block-task.ts';
import { asBackupFileError, BackupFileError, isMissing } from './errors.ts';
import type { Keys, ObjectInfo, PointMetadata } from './restore-point.ts';
import { StoredFile } from './stored-file.ts';

/**
 * The files of one restore point, newest first, the full last. A block's content is what the newest file with an entry
 * for it says; a file whose disk is too short to have the block ends the search: there the content was nothing, so it is
 * zero. Without any entry a block is zero.
 */
export class Chain {
  readonly files: StoredFile[];

  private constructor(files: StoredFile[]) {
    this.files = files;
  }

  /**
   * Opens files given newest first. Throws `chain-incomplete` unless each is the child of the next (of the file that the
   * next has absorbed last, if any) and the last is a full, and `chain-mixed` where block size or digest algorithm differ. The full is
   * opened with `fullAccess`.
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

  get metadata(): PointMetadata {
    return this.newest.facts.metadata;
  }

  get blockSizeBytes(): number {
    return this.newest.superblock.blockSizeBytes;
  }

  /** The object with this id in the newest point; throws `object-missing`. */
  object(objectId: string): ObjectInfo {
    const found = this.metadata.objects.find((object) => object.id === objectId);
    if (found) return found;
    const names = this.metadata.objects.map((object) => `${object.name} (${object.id})`).join(', ');
    const { path } = this.newest;
    throw new BackupFileError('object-missing', path, `${path} holds no object ${objectId}. It holds: ${names}.`);
  }

  /**
   * Fills an empty table with what the newest `take` files say about one page of an object: zero and data rows, absent
   * where none of them has an entry. Returns the first row from which the search had to end early because a disk was
   * shorter: rows from there on that are absent are zero, whatever older files say.
   */
  async readPage(objectId: string, page: number, table: BlockTable, take = this.files.length): Promise<number> {
    let rowLimit = blocksPerPage;
    for (let file = 0; file < take; file += 1) {
      const stored = this.files[file] as StoredFile;
      const objectIndex = stored.objectIndex(objectId);
      rowLimit = Math.max(0, Math.min(rowLimit, stored.blockCount(objectId) - page * blocksPerPage));
      if (objectIndex === undefined || rowLimit === 0) return 0;
      await stored.readPageInto(table, objectIndex, page, file, rowLimit);
    }
    return rowLimit;
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
    const parent = superblock.parentFileUuid;
    if (!next) {
      if (parent === null) return;
      const message = `The restore point is incomplete: the parent of ${path} (file ${parent}) is missing.`;
      throw new BackupFileError('chain-incomplete', path, message);
    }
    if (parent === null || parent !== next.stateUuid) {
      const before = next.superblock.fileUuid === parent || next.facts.absorbed.includes(parent ?? '');
      const message = before
        ? `${path} does not fit ${next.path} any more, which has absorbed newer increments. Rescan the repository.`
        : `The files do not belong together: ${next.path} is not the parent of ${path}.`;
      throw new BackupFileError('chain-incomplete', path, message);
    }
    if (
      next.superblock.blockSizeBytes !== superblock.blockSizeBytes ||
      next.superblock.digestAlgorithm !== superblock.digestAlgorithm
    ) {
      const message = `${path} and its parent ${next.path} differ in block size or digest algorithm.`;
      throw new BackupFileError('chain-mixed', path, message);
    }
  });
}
