import { formatBytes } from '../../../../shared/domain/format.ts';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import type { SourceMachine } from '../../../../shared/domain/jobs/shapes.ts';
import { type Keys, productVersion, writeBackup } from '../../backup-file/index.ts';
import type { Codec, Encryption } from '../../backup-file/restore-point.ts';
import { openMachine } from '../../sources/open-machine.ts';
import type { FileReference, TaskPorts } from './task-ports.ts';

/** Making one restore point of one machine from its sources. */
export interface BackupTask {
  machine: { id: string; name: string; platform: string };
  disks: SourceMachine['disks'];
  job: { id: string; name: string };
  pointUuid: string;
  createdAt: number;
  repositoryId: string;
  /** Relative to the repository's root. */
  folder: string;
  chainUuid: string;
  /** What an increment is compared with and built on; null makes a full. */
  base: { pointUuid: string; files: FileReference[] } | null;
  blockSizeBytes: number;
  codec: Codec;
  encryption?: Encryption | undefined;
  /** Opens the files of the base. */
  keys: Keys;
}

/** The restore point is whole and durable under its name. */
export interface BackupCommit {
  file: FileReference;
}

export async function runBackupTask(
  task: BackupTask,
  ports: TaskPorts<BackupCommit>,
  signal: AbortSignal,
): Promise<void> {
  const { repositories } = ports;
  const { repositoryId, machine, job, base, createdAt, pointUuid, blockSizeBytes } = task;
  const kind = base ? 'increment' : 'full';
  await repositories.requireWritable(repositoryId);
  const opened = await openMachine(task.disks, { pointUuid, parentPointUuid: base?.pointUuid, signal });
  let committed = false;
  try {
    const totalBytes = opened.objects.reduce((sum, { source }) => sum + source.sizeBytes, 0);
    ports.progress({ totalBytes });
    const path = await repositories.newFilePath(repositoryId, task.folder, machine.name, createdAt, kind);
    const began = ports.now();
    const info = await writeBackup({
      target: repositories.place(repositoryId, path),
      chain: (base?.files ?? []).map((file) => repositories.place(file.repositoryId, file.path)),
      kind,
      chainUuid: task.chainUuid,
      metadata: {
        pointUuid,
        createdAt: new Date(createdAt).toISOString(),
        machine,
        job,
        blockSizeBytes,
        productVersion,
      },
      disks: opened.objects,
      codec: task.codec,
      encryption: task.encryption,
      keys: task.keys,
      signal,
      onProgress: (progress) => ports.progress(progress),
    });
    await ports.commit({ file: { repositoryId, path } });
    committed = true;
    ports.log(
      'success',
      `${kind === 'full' ? 'Full' : 'Increment'} of ${formatBytes(totalBytes)}: ${formatBytes(info.fileSizeBytes)} written to ${path}`,
      { durationMs: ports.now() - began },
    );
  } finally {
    await opened.close(committed).catch((error: unknown) => {
      ports.log('warning', `The machine’s disks could not be released: ${messageOf(error)}`);
    });
  }
}
