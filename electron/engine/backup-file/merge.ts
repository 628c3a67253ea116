import { readBackupFileInfo, readSuperblock, StoredFile } from './stored-file.ts';
import { BlockTable, blocksPerPage, blockState } from './block-table.ts';
import { Chain } from './chain.ts';
import type { FilePlace } from '../files/file-place.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { FileAppender } from './existing-file.ts';
import { objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import type { RunOptions } from '../pipeline/progress.ts';
import { type BackupFileInfo, blockCount, type Keys, plainLength } from './restore-point.ts';
import type { PageLocation } from './root.ts';

// Only the newest can still be some file's parent; the others are kept for a while, in case a removal failed.
const mostAbsorbed = 256;

export interface MergeOptions extends RunOptions {
  full: FilePlace;
  /** The increment whose parent is the full. */
  increment: FilePlace;
  keys?: Keys;
}

/**
 * Takes an increment into its full: the increment's blocks and the changed index pages are appended, the full's new state
 * (the increment's point) is committed, then the increment is removed. The full names the increment as absorbed, so that
 * its children find their parent, and so that {@link finishInterruptedMerge} can remove it after a crash in between.
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
    const appender = await FileAppender.open(full);
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
  if (increment.key && !full.key) {
    const message = `${increment.path} is encrypted and ${full.path} is not: merging would store its data in clear. Make a new full.`;
    throw new BackupFileError('invalid-request', full.path, message);
  }
}

async function merge(options: MergeOptions, chain: Chain, appender: FileAppender): Promise<BackupFileInfo> {
  const [increment, full] = chain.files as [StoredFile, StoredFile];
  const { blockSizeBytes } = chain;
  const target = appender.blocksTarget();
  const files = chain.workerFiles();
  const kept: PageLocation[] = [];
  const replaced = createReplacedSums(full);
  const work = function* (): Generator<PageWork> {
    for (const page of objectPages(chain.metadata.objects, blockSizeBytes)) {
      const { objectIndex, object, pageNumber, firstBlock } = page;
      const fullIndex = full.objectIndex(object.id);
      const inFull = fullIndex === undefined ? undefined : full.directory.find(fullIndex, pageNumber);
      const inIncrement = increment.directory.find(objectIndex, pageNumber);
      const endsHere = blockCount(object.sizeBytes, blockSizeBytes) < full.blockCount(object.id);
      if (
        inFull &&
        !inIncrement &&
        fullIndex === objectIndex &&
        !(endsHere && isLastPage(object.sizeBytes, firstBlock))
      ) {
        kept.push(inFull);
        appender.counters.add('processed', page.plainBytes);
        continue;
      }
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        async prepare(table) {
          if (inFull) await replaced.add(inFull);
          await chain.readPage(object.id, pageNumber, table);
          for (let row = 0; row < blocksPerPage; row += 1)
            if (!table.hasData(row)) table.states[row] = blockState.absent;
        },
        concerns: (table, row) => table.hasData(row) && table.files[row] === 0,
        task: (slice) => ({ kind: 'move', ...slice, files, target, stays: 1 }),
        finish: (table, rows) =>
          appender.index.addPage(objectIndex, pageNumber, table, rows, (row) =>
            plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes),
          ),
      };
    }
  };
  const isLastPage = (sizeBytes: number, firstBlock: number): boolean =>
    firstBlock + blocksPerPage >= blockCount(sizeBytes, blockSizeBytes);
  await runPages(work(), {
    ...options,
    blockSizeBytes,
    counters: appender.counters,
    totalBytes: totalBytesOf(chain.metadata.objects),
    readPath: increment.path,
    writePath: full.path,
  });
  for (const page of full.directory) {
    const object = full.facts.metadata.objects[page.objectIndex];
    if (object && page.pageNumber * blocksPerPage >= increment.blockCount(object.id)) await replaced.add(page);
  }
  const { storedBytes, dataBytes } = appender.index;
  const absorbed = [...full.facts.absorbed, ...increment.facts.absorbed, increment.superblock.fileUuid];
  return appender.commit(
    {
      metadata: chain.metadata,
      codec: full.facts.codec,
      storedBytes: Math.max(0, full.facts.storedBytes - replaced.storedBytes) + storedBytes,
      dataBytes: Math.max(0, full.facts.dataBytes - replaced.dataBytes) + dataBytes,
      absorbed: absorbed.slice(-mostAbsorbed),
    },
    kept,
  );
}

/** Sums up what the pages account for that the full no longer uses as they are. */
function createReplacedSums(full: StoredFile) {
  const table = new BlockTable();
  const { blockSizeBytes } = full.superblock;
  return {
    storedBytes: 0,
    dataBytes: 0,
    async add(page: PageLocation): Promise<void> {
      table.clear();
      await full.readPageInto(table, page.objectIndex, page.pageNumber, 0, blocksPerPage);
      const sizeBytes = full.facts.metadata.objects[page.objectIndex]?.sizeBytes ?? 0;
      for (let row = 0; row < blocksPerPage; row += 1) {
        if (!table.hasData(row)) continue;
        this.dataBytes += plainLength(page.pageNumber * blocksPerPage + row, sizeBytes, blockSizeBytes);
        if (!table.isShared(row)) this.storedBytes += table.storedBytes[row] ?? 0;
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
    if (facts?.kind !== 'increment' || !full.facts.absorbed.includes(facts.fileUuid)) continue;
    await removeAbsorbed(place);
    removed.push(place);
  }
  return removed;
}
