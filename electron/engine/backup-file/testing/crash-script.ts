/**
 * A child process for the kill tests: backs up, adds an increment, merges it, compacts, restores; each step is skipped
 * where an earlier run has finished it. `node crash-script.ts <folder> [trace]`; with `trace` it prints each durable step,
 * without it what is done.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openDisk } from '../../sources/open-disk.ts';
import { traceFaultPoints } from '../../faults/fault-points.ts';
import { isThere } from '../../files/durable-file.ts';
import { closeBackupFileWorkers } from '../workers.ts';
import { crashPoints } from './crash-points.ts';
import {
  compact,
  finishInterruptedMerge,
  mergeIntoFull,
  readBackupFileInfo,
  restoreDisk,
  writeBackup,
} from './by-path.ts';

const folder = process.argv[2] ?? '';
if (process.argv[3] === 'trace') {
  traceFaultPoints((site, when) => {
    if (site.startsWith('step.')) process.stdout.write(`${site} ${when}\n`);
  });
}
const full = join(folder, 'full.rvb');
const increment = join(folder, 'increment.rvb');

const backUp = async (point: (typeof crashPoints)[number], targetPath: string, chain: string[]): Promise<void> => {
  const source = await openDisk({ path: join(folder, point.image) });
  await writeBackup({
    targetPath,
    chain,
    kind: chain.length === 0 ? 'full' : 'increment',
    chainUuid: 'c4a14c0d-e000-4000-8000-0000000000c4',
    metadata: point.metadata,
    disks: [{ objectId: 'a', name: 'a', source }],
    codec: 'zstd',
  });
  await source.close(true);
};

/** Synchronous: what is said is said before anything else happens. */
const done = (what: string): void => {
  if (process.argv[3] !== 'trace') writeSync(1, `done: ${what}\n`);
};

if (!(await isThere(full))) await backUp(crashPoints[0], full, []);
done('full');
if ((await readBackupFileInfo(full)).absorbed.length === 0) {
  if (!(await isThere(increment))) await backUp(crashPoints[1], increment, [full]);
  done('increment');
  await mergeIntoFull({ fullPath: full, incrementPath: increment });
}
await finishInterruptedMerge(full, [increment]);
done('merge');
await compact({ path: full });
done('compact');
await restoreDisk({
  paths: [full],
  objectId: 'a',
  targetPath: join(folder, 'restored.img'),
  overwrite: true,
});
done('restore');
await closeBackupFileWorkers();
