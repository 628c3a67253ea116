/** A thread of the block pool: works through slices of pages, one block at a time, without allocating per block. */
import { serveTasks } from '../pipeline/worker-tasks.ts';
import { checkRow, moveRow, restoreRow, storeRow } from './block-operations.ts';
import { BlockTable } from './block-table.ts';
import { type BlockTask, RunCounters } from './block-task.ts';
import { DedupTable } from './dedup-table.ts';
import { plainLength } from './restore-point.ts';

serveTasks<BlockTask>((task) => {
  const table = new BlockTable(task.table);
  const counters = new RunCounters(task.counters);
  const dedup = 'target' in task ? new DedupTable(task.target.dedup) : undefined;
  for (let row = task.fromRow; row < task.toRow && !counters.stopped; row += 1) {
    const plainBytes = plainLength(task.firstBlock + row, task.objectSizeBytes, task.blockSizeBytes);
    if (task.kind === 'store' && dedup) storeRow(task, table, row, plainBytes, counters, dedup);
    else if (task.kind === 'move' && dedup) moveRow(task, table, row, plainBytes, counters, dedup);
    else if (task.kind === 'restore') restoreRow(task, table, row, plainBytes, counters);
    else if (task.kind === 'check') checkRow(task, table, row, plainBytes, counters);
    if (task.fault) delete task.fault;
    counters.add('processed', plainBytes);
  }
});
