import type { RunOptions } from '../pipeline/progress.ts';
import { objectKey } from './append-session.ts';
import { BlockTable, blocksPerPage, blockState } from './block-table.ts';
import { Chain } from './chain.ts';
import type { FilePlace } from '../files/file-place.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { FileAppender } from './existing-file.ts';
import type { PageLocation } from './group-page.ts';
import { objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { PointState } from './point-state.ts';
import { recordHeaderBytes } from './record.ts';
import { type BackupFileInfo, type Keys, plainLength } from './restore-point.ts';
import { readBackupFileInfo, readSuperblock, StoredFile } from './stored-file.ts';
import type { Signer } from './superblock.ts';

// They serve cleaning up after an interruption; the others are kept for a while, in case a removal failed.
const mostAbsorbed = 256;

export interface MergeOptions extends RunOptions {
  full: FilePlace;
  /** The increment whose parent is the full. */
  increment: FilePlace;
  keys?: Keys;
  signer?: Signer;
}

/**
 * Takes an increment into its full: the increment's blocks and the changed index pages are appended, the full's new point
 * and state (the increment's) are committed, then the increment is removed. Records are moved unopened. The full names the
 * increment as absorbed, so that {@link finishInterruptedMerge} can remove it after a crash in between.
 * A failure or cancel before the commit leaves both files as they were. An increment that was absorbed before is only
 * removed.
 */
export async function mergeIntoFull(options: MergeOptions): Promise<BackupFileInfo> {
  const { keys } = options;
  if ((await finishInterruptedMerge(options.full, [options.increment], keys)).length > 0)
    return readBackupFileInfo(options.full, keys);
  const chain = await Chain.open([options.increment, options.full], keys, 'append');
  let info: BackupFileInfo;
  try {
    const [increment, full] = chain.files as [StoredFile, StoredFile];
    refuseUnsuitable(full, increment);
    const { superblock } = increment;
    const point = {
      pointUuid: superblock.pointUuid,
      parent: null,
      createdAtMs: superblock.createdAtMs,
      objects: chain.metadata.objects,
    };
    const { generation } = full.superblock;
    const taken = chain.sessionRows(full.keyMaterial?.fileKey, generation + 1, 1);
    const appender = await FileAppender.open(full, point, taken);
    try {
      info = await merge(options, chain, appender);
    } catch (error) {
      await appender.abandon();
      throw error;
    }
  } finally {
    await chain.close();
  }
  await removeAbsorbed(options.increment);
  return info;
}

async function removeAbsorbed(increment: FilePlace): Promise<void> {
  await increment.remove('merge.remove').catch((error: unknown) => {
    throw asBackupFileError(error, increment.name, 'Removing');
  });
}

function refuseUnsuitable(full: StoredFile, increment: StoredFile): void {
  if (full.superblock.kind !== 'full' || increment.superblock.kind !== 'increment') {
    throw new BackupFileError('invalid-request', full.path, 'Only an increment can be merged, and only into a full.');
  }
}

async function merge(options: MergeOptions, chain: Chain, appender: FileAppender): Promise<BackupFileInfo> {
  const [increment, full] = chain.files as [StoredFile, StoredFile];
  const { blockSizeBytes, metadata } = chain;
  const target = appender.blocksTarget();
  const files = chain.workerFiles();
  const kept: { objectIndex: number; page: PageLocation }[] = [];
  const replaced = createReplacedSums(full);
  const state = new PointState(metadata.objects, blockSizeBytes, (id) => full.objects.get(id));
  const work = function* (): Generator<PageWork> {
    for (const page of objectPages(metadata.objects, blockSizeBytes)) {
      const { objectIndex, object, pageNumber, firstBlock } = page;
      const inFull = full.objects.get(object.id)?.pages.find(pageNumber);
      if (!increment.objects.get(object.id)?.pages.find(pageNumber)) {
        if (inFull) kept.push({ objectIndex, page: inFull });
        appender.counters.add('processed', page.plainBytes);
        continue;
      }
      const key = objectKey(object.id);
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        async prepare(table) {
          if (inFull) await replaced.add(object.id, inFull);
          await chain.readPage(object.id, pageNumber, table);
          for (let row = 0; row < blocksPerPage; row += 1) {
            if (table.state(row) === blockState.zero) table.states[row] = blockState.absent;
          }
        },
        concerns: (table, row) => table.hasData(row) && table.files[row] === 0,
        task: (slice) => ({ kind: 'move', ...slice, files, target, object: key, stays: 1 }),
        async finish(table, rows) {
          state.setPage(objectIndex, pageNumber, table.digests, rows);
          await appender.index.addPage({ objectIndex, id: object.id, pageNumber }, table, rows, (row) =>
            plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes),
          );
        },
      };
    }
  };
  await runPages(work(), {
    ...options,
    blockSizeBytes,
    counters: appender.counters,
    totalBytes: totalBytesOf(metadata.objects),
    readPath: increment.path,
    writePath: full.path,
  });
  for (const object of full.objects.values()) {
    for (const page of object.pages) {
      if (page.pageNumber * blocksPerPage >= increment.blockCount(object.id)) await replaced.add(object.id, page);
    }
  }
  requireClaimedState(state, increment, full);
  const { storedBytes, dataBytes } = appender.index;
  const { facts } = full.root;
  const absorbed = [...facts.absorbed, ...increment.root.facts.absorbed, increment.superblock.fileUuid];
  return appender.commit(
    { metadata, codec: facts.codec, absorbed: absorbed.slice(-mostAbsorbed) },
    {
      storedBytes: Math.max(0, facts.storedBytes - replaced.storedBytes) + storedBytes,
      dataBytes: Math.max(0, facts.dataBytes - replaced.dataBytes) + dataBytes,
    },
    state,
    kept,
    options.signer,
  );
}

/** What was computed must be what the increment claims: where it has no entry, both say the same, and else what it was made of. */
function requireClaimedState(state: PointState, increment: StoredFile, full: StoredFile): void {
  for (const object of state.objects(() => [])) {
    const claimed = increment.objects.get(object.id);
    if (claimed && Buffer.compare(claimed.digest, object.digest) === 0) continue;
    const message = `${increment.path} cannot be merged into ${full.path}: the content of ${object.name} would not be what the increment was made of.`;
    throw new BackupFileError('corrupt', increment.path, message);
  }
}

/** Sums up what the pages account for that the full no longer uses as they are. */
function createReplacedSums(full: StoredFile) {
  const table = new BlockTable();
  const { blockSizeBytes } = full.superblock;
  return {
    storedBytes: 0,
    dataBytes: 0,
    async add(objectId: string, page: PageLocation): Promise<void> {
      table.clear();
      await full.readPageInto(table, objectId, page.pageNumber, 0);
      const sizeBytes = full.objects.get(objectId)?.sizeBytes ?? 0;
      for (let row = 0; row < blocksPerPage; row += 1) {
        if (!table.hasData(row)) continue;
        this.dataBytes += plainLength(page.pageNumber * blocksPerPage + row, sizeBytes, blockSizeBytes);
        if (!table.isShared(row)) this.storedBytes += recordHeaderBytes + (table.storedBytes[row] ?? 0);
      }
    },
  };
}

/**
 * Removes those of the candidates that the full has absorbed already: a crash came between the commit of a merge and the
 * removal of the increment. Gives them. Files that are missing, unreadable or not absorbed are left alone.
 */
export async function finishInterruptedMerge(
  fullPlace: FilePlace,
  candidates: readonly FilePlace[],
  keys?: Keys,
): Promise<FilePlace[]> {
  const full = await StoredFile.open(fullPlace, keys);
  await full.close();
  const removed: FilePlace[] = [];
  for (const place of candidates) {
    if (!(await place.exists())) continue;
    const facts = await readSuperblock(place).catch(() => undefined);
    if (facts?.kind !== 'increment' || !full.root.facts.absorbed.includes(facts.fileUuid)) continue;
    await removeAbsorbed(place);
    removed.push(place);
  }
  return removed;
}
