import { RunCounters, type StoredBlocksTarget } from './block-task.ts';
import { DedupTable } from './dedup-table.ts';
import { asBackupFileError } from './errors.ts';
import type { ChangeableFile } from '../files/file-place.ts';
import { commitSuperblock, indexInto, IndexWriter } from './index-writer.ts';
import type { BackupFileInfo } from './restore-point.ts';
import { describeFile, type PageLocation, type RootFacts } from './root.ts';
import type { StoredFile } from './stored-file.ts';
import type { Superblock } from './superblock.ts';
import { type FileAddress, offer, withdraw } from './worker-files.ts';

/** Appends to a committed file. Until `commit` the file says what it said before, whatever happens. */
export class FileAppender {
  readonly file: StoredFile;
  readonly counters = new RunCounters();
  readonly index: IndexWriter;
  readonly #target: ChangeableFile;
  readonly #address: FileAddress;
  readonly #dedup = new DedupTable();
  readonly #state: { superblock: Superblock; slot: 0 | 1 };
  #committing = false;

  private constructor(file: StoredFile, state: { superblock: Superblock; slot: 0 | 1 }) {
    this.file = file;
    this.#state = state;
    this.#target = file.changeable;
    this.#address = offer(this.#target);
    this.index = new IndexWriter(file.place.scratchPath('index'));
    this.counters.reserve(state.superblock.committedBytes);
  }

  /** `file` must have been opened to append, and its owner must be the only one to append. */
  static async open(file: StoredFile): Promise<FileAppender> {
    const state = file.key ? await takeNonceEpoch(file) : file.current;
    try {
      // The rest of an interrupted append would otherwise stay behind the new end.
      await file.changeable.truncate(state.superblock.committedBytes);
    } catch (error) {
      throw asBackupFileError(error, file.path, 'Truncating');
    }
    return new FileAppender(file, state);
  }

  blocksTarget(): StoredBlocksTarget {
    const { path, key, superblock } = this.file;
    return {
      at: this.#address,
      path,
      codec: 'keep',
      digestAlgorithm: superblock.digestAlgorithm,
      key,
      nonceEpoch: this.#state.superblock.nonceEpoch,
      dedup: this.#dedup.buffer,
    };
  }

  async commit(facts: Omit<RootFacts, 'indexBytes'>, kept: Iterable<PageLocation>): Promise<BackupFileInfo> {
    const { path, key } = this.file;
    const before = this.#state.superblock;
    const target = indexInto(this.#target, key, before.nonceEpoch);
    const root = await this.index.write(target, this.counters.get('end'), facts, kept);
    const superblock: Superblock = {
      ...before,
      generation: before.generation + 1,
      root,
      committedBytes: root.offset + root.storedBytes,
    };
    await commitSuperblock(this.#target, superblock, otherSlot(this.#state.slot), () => {
      this.#committing = true;
    });
    await this.index.close();
    const info = describeFile(path, await this.#target.currentSizeBytes(), superblock, {
      ...facts,
      indexBytes: this.index.indexBytes,
    });
    withdraw(this.#address);
    this.#dedup.release();
    return info;
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
    await this.#target.truncate(this.#state.superblock.committedBytes).catch(() => undefined);
  }
}

/**
 * Durably counts up the nonce epoch of an encrypted file, and gives its new state. Whoever then writes encrypted bytes
 * under the file's key uses nonces that no other writer can have used, even one that crashed at the same position.
 */
export async function takeNonceEpoch(file: StoredFile): Promise<{ superblock: Superblock; slot: 0 | 1 }> {
  const { superblock, slot } = file.current;
  const next = {
    superblock: { ...superblock, generation: superblock.generation + 1, nonceEpoch: superblock.nonceEpoch + 1 },
    slot: otherSlot(slot),
  };
  await commitSuperblock(file.changeable, next.superblock, next.slot);
  return next;
}

function otherSlot(slot: 0 | 1): 0 | 1 {
  return slot === 0 ? 1 : 0;
}
