import { faultPoint } from '../faults/fault-points.ts';
import type { WritableFile } from '../files/file-place.ts';
import type { Progress, RunOptions } from '../pipeline/progress.ts';
import { bottleneckOf } from '../pipeline/bottleneck.ts';
import { BlockTable, blocksPerPage } from './block-table.ts';
import type { BlockSlice, BlockTask, RunCounters } from './block-task.ts';
import { asBackupFileError } from './errors.ts';
import { FlushBehind } from './flush-behind.ts';
import { blockCount, plainLength } from './restore-point.ts';
import { blockWorkers } from './workers.ts';

/** One page to be worked through. */
export interface PageWork {
  pageNumber: number;
  /** Size of the object that the page belongs to. */
  objectSizeBytes: number;
  /** Fills the (empty) table before the workers get it. */
  prepare(table: BlockTable): Promise<void>;
  /** Whether a worker has to look at a row; rows that none looks at count as processed. */
  concerns(table: BlockTable, row: number): boolean;
  /** Makes a worker's task out of a slice of the page; `signal` aborts when the run ends early. */
  task(slice: BlockSlice, signal: AbortSignal): BlockTask | Promise<BlockTask>;
  /** Plain bytes of a slice; 32 MiB unless told. */
  sliceBytes?: number;
  /** Once a worker is done with a task, whatever became of it. */
  done?(task: BlockTask): void;
  /** Takes the results, page after page in their order; the table is used for another page afterwards. */
  finish(table: BlockTable, rows: number): Promise<void>;
}

export interface PageRunOptions extends RunOptions {
  blockSizeBytes: number;
  counters: RunCounters;
  /** Plain bytes of the whole run, for progress. */
  totalBytes: number;
  /** Named in errors and faults. */
  readPath: string;
  writePath: string;
  /** The file that is written, for its data to be on its way to the disk early. */
  writes?: WritableFile;
}

// A slice is what one worker does at a stretch: long enough to make messages cheap, short enough to share the pool.
const usualSliceBytes = 32 * 1024 * 1024;
const slicesInFlight = 4;
const pagesInFlight = 3;
const reportEveryMs = 250;

/**
 * Works through pages on the block pool with a fixed amount of memory, several pages and slices at a time. After the
 * first failure or the signal's abort, no more work is handed out, what runs is awaited (the workers use open files),
 * and the run rejects.
 */
export async function runPages(pages: Iterable<PageWork>, options: PageRunOptions): Promise<void> {
  const { counters, blockSizeBytes, signal } = options;
  signal?.throwIfAborted();
  let failure: { error: unknown } | undefined;
  const ending = new AbortController();
  const fail = (error: unknown): void => {
    failure ??= { error };
    counters.stop();
    ending.abort(error);
  };
  const onAbort = (): void => fail(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const report = progressReporter(options);
  const flushing = options.writes && new FlushBehind(options.writes);
  const tables = createLimit(pagesInFlight);
  const slices = createLimit(slicesInFlight);
  const allTables = Array.from({ length: pagesInFlight }, () => new BlockTable());
  const idleTables = [...allTables];
  const running = new Set<Promise<void>>();
  let previousPage: Promise<void> = Promise.resolve();

  const runSlice = async (work: PageWork, slice: BlockSlice): Promise<void> => {
    let task: BlockTask;
    try {
      faultPoint('fs.read', 'before', options.readPath);
      task = await work.task(slice, ending.signal);
    } catch (error) {
      return fail(asBackupFileError(error, options.readPath, 'Reading'));
    }
    try {
      const fault = faultPoint('fs.write', 'before', options.writePath);
      await blockWorkers().run(fault ? { ...task, fault } : task);
      flushing?.note(counters.get('transferred'));
    } catch (error) {
      fail(asBackupFileError(error, options.writePath, 'Writing'));
    } finally {
      work.done?.(task);
    }
  };

  const runPage = async (work: PageWork, table: BlockTable, rows: number, previous: Promise<void>): Promise<void> => {
    const firstBlock = work.pageNumber * blocksPerPage;
    const pending: Promise<void>[] = [];
    const rowsPerSlice = Math.max(1, Math.floor((work.sliceBytes ?? usualSliceBytes) / blockSizeBytes));
    try {
      for (let fromRow = 0; fromRow < rows && !failure; fromRow += rowsPerSlice) {
        const toRow = Math.min(rows, fromRow + rowsPerSlice);
        const plainBytes = plainBytesOf(firstBlock, fromRow, toRow, work.objectSizeBytes, blockSizeBytes);
        if (!anyRow(fromRow, toRow, (row) => work.concerns(table, row))) {
          counters.add('processed', plainBytes);
          continue;
        }
        await options.onThrottle?.(plainBytes, signal);
        await slices.enter();
        const { objectSizeBytes } = work;
        const shared = { table: table.buffer, counters: counters.buffer };
        const slice = { ...shared, fromRow, toRow, firstBlock, objectSizeBytes, blockSizeBytes };
        pending.push(runSlice(work, slice).finally(() => slices.leave()));
      }
    } finally {
      await Promise.all(pending);
    }
    await previous;
    if (!failure) await work.finish(table, rows);
  };

  try {
    for (const work of pages) {
      await tables.enter();
      if (failure) break;
      const table = idleTables.pop() as BlockTable;
      const rows = Math.min(
        blocksPerPage,
        blockCount(work.objectSizeBytes, blockSizeBytes) - work.pageNumber * blocksPerPage,
      );
      table.clear();
      try {
        await work.prepare(table);
      } catch (error) {
        fail(asBackupFileError(error, options.readPath, 'Reading'));
        break;
      }
      const run = runPage(work, table, rows, previousPage)
        .catch((error: unknown) => fail(asBackupFileError(error, options.writePath, 'Writing')))
        .finally(() => {
          running.delete(run);
          idleTables.push(table);
          tables.leave();
        });
      running.add(run);
      previousPage = run;
    }
  } catch (error) {
    fail(error);
  } finally {
    await Promise.all(running);
    for (const table of allTables) table.release();
    await flushing?.end().catch((error: unknown) => fail(asBackupFileError(error, options.writePath, 'Flushing')));
    signal?.removeEventListener('abort', onAbort);
    report.end(failure === undefined);
  }
  if (failure) throw failure.error;
}

function anyRow(from: number, to: number, test: (row: number) => boolean): boolean {
  for (let row = from; row < to; row += 1) if (test(row)) return true;
  return false;
}

function plainBytesOf(
  firstBlock: number,
  fromRow: number,
  toRow: number,
  objectSizeBytes: number,
  blockSizeBytes: number,
): number {
  const last = toRow - 1;
  return (last - fromRow) * blockSizeBytes + plainLength(firstBlock + last, objectSizeBytes, blockSizeBytes);
}

/** A gate that lets `places` through at once, in order. */
function createLimit(places: number): { enter(): Promise<void>; leave(): void } {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    leave() {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
}

function progressReporter(options: PageRunOptions): { end(finished: boolean): void } {
  const { counters, onProgress, totalBytes } = options;
  if (!onProgress) return { end: () => undefined };
  const busyBefore = { source: 0, processing: 0, target: 0 };
  const snapshot = (): Progress => {
    const busy = { source: 0, processing: 0, target: 0 };
    for (const stage of ['source', 'processing', 'target'] as const) {
      const now = counters.get(stage);
      busy[stage] = now - busyBefore[stage];
      busyBefore[stage] = now;
    }
    const bottleneck = bottleneckOf(busy);
    return {
      processedBytes: counters.get('processed'),
      totalBytes,
      readBytes: counters.get('read'),
      transferredBytes: counters.get('transferred'),
      ...(bottleneck ? { bottleneck } : {}),
    };
  };
  const timer = setInterval(() => onProgress(snapshot()), reportEveryMs);
  timer.unref();
  return {
    end(finished) {
      clearInterval(timer);
      if (finished) onProgress(snapshot());
    },
  };
}
