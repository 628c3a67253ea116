import type { Extent, SourceDisk } from '../sources/kinds/kind.ts';
import { objectKey } from './append-session.ts';
import { blockState, type BlockTable, blocksPerPage, settledRow } from './block-table.ts';
import type { BlockSlice, BlockTask, RunCounters, StoredBlocksTarget, StoreTask } from './block-task.ts';
import type { Chain } from './chain.ts';
import type { NewFile } from './new-file.ts';
import { objectPages } from './object-pages.ts';
import type { PageWork } from './page-run.ts';
import type { PointState } from './point-state.ts';
import { blockCount, type ObjectInfo, plainLength } from './restore-point.ts';
import { giveBackSharedMemory, takeSharedMemory } from './shared-memory.ts';
import { fillZeroDigests, zeroDigest } from './state-digest.ts';

export interface SourceRun {
  objects: ObjectInfo[];
  /** In the order of the objects. */
  sources: SourceDisk[];
  target: StoredBlocksTarget;
  file: NewFile;
  parent: Chain | undefined;
  state: PointState;
  blockSizeBytes: number;
}

// What is read for the workers is held in memory: at most four slices at a time, each read by requests of the size and
// number that servers of disks (NBD) were measured to like best.
const readSliceBytes = 8 * 2 ** 20;
const readRequestBytes = 2 ** 20;

/** The pages of all sources: what a worker has to look at, and how it gets the bytes. */
export function* sourcePages(run: SourceRun): Generator<PageWork> {
  const { target, file, parent, state, blockSizeBytes } = run;
  for (const page of objectPages(run.objects, blockSizeBytes)) {
    const { objectIndex, object, pageNumber, firstBlock, plainBytes } = page;
    const source = run.sources[objectIndex] as SourceDisk;
    const { path, content } = source;
    const byWorker = 'fd' in content;
    const before = parent?.newest.objects.get(object.id);
    const ends = endsOf(before?.sizeBytes, object.sizeBytes, blockSizeBytes);
    const facts = { object: objectKey(object.id), hasParent: parent !== undefined, ends };
    let tableOfPage: BlockTable | undefined;
    yield {
      pageNumber,
      objectSizeBytes: object.sizeBytes,
      ...(byWorker ? {} : { sliceBytes: readSliceBytes }),
      async prepare(table) {
        await parent?.readPage(object.id, pageNumber, table);
        // What the parent does not reach is compared with zeros.
        const known = Math.max(0, (parent?.newest.blockCount(object.id) ?? 0) - firstBlock);
        const rows = Math.min(blocksPerPage, blockCount(object.sizeBytes, blockSizeBytes) - firstBlock);
        const zeros = { firstBlock, sizeBytes: object.sizeBytes, blockSizeBytes };
        fillZeroDigests(table.digests, rows, (row) => row < known, zeros);
        const range = { offset: firstBlock * blockSizeBytes, sizeBytes: plainBytes };
        const mayKeep = before?.sizeBytes === object.sizeBytes;
        await settleRows(source, { mayKeep, hasParent: parent !== undefined, ends }, range, table, blockSizeBytes);
        tableOfPage = table;
      },
      concerns: (table, row) => table.outcomes[row] !== settledRow,
      async task(slice, signal): Promise<StoreTask> {
        if (byWorker) return { kind: 'store', ...slice, ...facts, source: { fd: content.fd, path }, target };
        const memory = await readSlice(source, slice, tableOfPage as BlockTable, file.counters, signal);
        return { kind: 'store', ...slice, ...facts, source: { memory, path }, target };
      },
      done: giveBack,
      async finish(table, rows) {
        state.setPage(objectIndex, pageNumber, table.digests, rows);
        await file.index.addPage({ objectIndex, id: object.id, pageNumber }, table, rows, (row) =>
          plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes),
        );
      },
    };
  }
}

/** The blocks in which an object ended and ends, if that is not the same: both get an entry whatever they hold. */
function endsOf(before: number | undefined, now: number, blockSizeBytes: number): number[] {
  if (before === undefined || before === now) return [];
  return [before, now].map((sizeBytes) => Math.max(0, blockCount(sizeBytes, blockSizeBytes) - 1));
}

function giveBack(task: BlockTask): void {
  if (task.kind === 'store' && 'memory' in task.source) giveBackSharedMemory(task.source.memory);
}

/** Decides the rows that need no look at the disk: what did not change since the parent, and where the disk has no data. */
async function settleRows(
  source: SourceDisk,
  parent: { mayKeep: boolean; hasParent: boolean; ends: readonly number[] },
  range: Extent,
  table: BlockTable,
  blockSizeBytes: number,
): Promise<void> {
  const changed = parent.mayKeep ? await source.changedExtents?.(range) : undefined;
  const data = await source.dataExtents?.(range);
  if (!changed && !data) return;
  const changedRows = changed && rowsOf(changed, range, blockSizeBytes);
  const dataRows = data && rowsOf(data, range, blockSizeBytes);
  const rows = Math.ceil(range.sizeBytes / blockSizeBytes);
  for (let row = 0; row < rows; row += 1) {
    const block = range.offset / blockSizeBytes + row;
    // Where an end moved, or the parent has lost the block, it is looked at whatever anybody says.
    if (parent.ends.includes(block) || table.state(row) === blockState.lost) continue;
    const unchanged = changedRows?.[row] === 0;
    if (!unchanged && dataRows?.[row] !== 0) continue;
    if (!unchanged) {
      const zero = zeroDigest(Math.min(blockSizeBytes, range.sizeBytes - row * blockSizeBytes));
      const differs = parent.hasParent && Buffer.compare(zero, table.digest(row)) !== 0;
      table.digest(row).set(zero);
      table.states[row] = differs ? blockState.zero : blockState.absent;
    } else table.states[row] = blockState.absent;
    table.outcomes[row] = settledRow;
  }
}

/** 1 for each row of a page that an extent touches. */
function rowsOf(extents: readonly Extent[], range: Extent, blockSizeBytes: number): Uint8Array {
  const rows = new Uint8Array(blocksPerPage);
  for (const { offset, sizeBytes } of extents) {
    const from = Math.max(0, offset - range.offset);
    const to = Math.min(range.sizeBytes, offset + sizeBytes - range.offset);
    if (to > from) rows.fill(1, Math.floor(from / blockSizeBytes), Math.ceil(to / blockSizeBytes));
  }
  return rows;
}

/** Reads the rows of a slice that are not settled into shared memory. */
async function readSlice(
  source: SourceDisk,
  slice: BlockSlice,
  table: BlockTable,
  counters: RunCounters,
  signal: AbortSignal,
): Promise<SharedArrayBuffer> {
  signal.throwIfAborted();
  const { fromRow, toRow, firstBlock, blockSizeBytes, objectSizeBytes } = slice;
  if (!('read' in source.content)) throw new TypeError('The disk is read through its descriptor.');
  const began = performance.now();
  const memory = takeSharedMemory((toRow - fromRow) * blockSizeBytes);
  const start = (firstBlock + fromRow) * blockSizeBytes;
  const reads: Promise<void>[] = [];
  for (let row = fromRow; row < toRow; row += 1) {
    if (table.outcomes[row] === settledRow) continue;
    let last = row;
    while (last + 1 < toRow && table.outcomes[last + 1] !== settledRow) last += 1;
    const end = Math.min((firstBlock + last + 1) * blockSizeBytes, objectSizeBytes);
    for (let at = (firstBlock + row) * blockSizeBytes; at < end; at += readRequestBytes) {
      const target = new Uint8Array(memory, at - start, Math.min(readRequestBytes, end - at));
      reads.push(source.content.read(target, at, signal).then(() => void counters.add('read', target.length)));
    }
    row = last;
  }
  // All are awaited: a read that is still under way must not write into memory that others have by then.
  const ends = await Promise.allSettled(reads);
  counters.add('source', Math.round((performance.now() - began) * 1000));
  const failed = ends.find((end) => end.status === 'rejected');
  if (!failed) return memory;
  giveBackSharedMemory(memory);
  throw failed.reason;
}
