import { dirname } from 'node:path';
import { formatBytes } from '../../../../shared/domain/format.ts';
import { type Keys, restoreDisk } from '../../backup-file/index.ts';
import { makeFolder } from '../../files/make-folder.ts';
import type { FileReference, TaskPorts } from './task-ports.ts';

/** Writing one disk of a restore point to a raw sparse file on the host of the task. */
export interface RestoreDiskTask {
  /** All files that the point is read from, newest first. */
  files: FileReference[];
  diskId: string;
  targetPath: string;
  overwrite: boolean;
  keys: Keys;
}

/** Commits nothing: the catalogue knows nothing of restored disks. */
export async function runRestoreDiskTask(
  task: RestoreDiskTask,
  ports: TaskPorts<never>,
  signal: AbortSignal,
): Promise<void> {
  const { targetPath } = task;
  const began = ports.now();
  await makeFolder(dirname(targetPath), { signal });
  const result = await restoreDisk({
    sources: task.files.map((file) => ports.repositories.place(file.repositoryId, file.path)),
    objectId: task.diskId,
    targetPath,
    overwrite: task.overwrite,
    keys: task.keys,
    signal,
    onProgress: (progress) => ports.progress(progress),
  });
  ports.log(
    'success',
    `${targetPath}: ${formatBytes(result.sizeBytes)}, ${formatBytes(result.writtenBytes)} written, the rest sparse; every block’s content verified`,
    { durationMs: ports.now() - began },
  );
}
