import { formatBytes, formatUtc } from '../../../../shared/domain/format.ts';
import { copyPoint, type Keys, productVersion } from '../../backup-file/index.ts';
import type { Codec, Encryption } from '../../backup-file/restore-point.ts';
import { ProgressMeter } from '../../pipeline/progress.ts';
import type { FileReference, TaskPorts } from './task-ports.ts';

/** Copying restore points of one machine from one repository to another. */
export interface CopyTask {
  machine: { id: string; name: string; platform: string };
  job: { id: string; name: string };
  targetRepositoryId: string;
  codec: 'keep' | Codec;
  /** A key of its own: every block is decrypted and encrypted. Without one the source's key is kept, and blocks stay unopened. */
  encryption?: Encryption | undefined;
  /** Opens the files of the source, and of the target where they are encrypted. */
  keys: Keys;
  /** In the order in which they are copied. */
  points: PointToCopy[];
}

export interface PointToCopy {
  pointUuid: string;
  createdAt: number;
  kind: 'full' | 'increment';
  /** All files that the point is read from, newest first. */
  sources: FileReference[];
  /** How many of them, from the newest on, the copy takes its blocks from. */
  take: number;
  chainUuid: string;
  /** Relative to the target's root. */
  folder: string;
  /** Room that has to be there; 0 where the source's size says too little. */
  neededBytes: number;
  /** Plain size of its disks, as far as it is known. */
  totalBytes: number;
  /** Why it is copied as it is, in words. */
  reason: string;
}

/** One copied point is whole and durable under its name. */
export interface CopyCommit {
  file: FileReference;
}

export async function runCopyTask(task: CopyTask, ports: TaskPorts<CopyCommit>, signal: AbortSignal): Promise<void> {
  const { repositories } = ports;
  const repositoryId = task.targetRepositoryId;
  const meter = new ProgressMeter((counters, bottleneck) => ports.progress({ ...counters, bottleneck }));
  const parts = task.points.map((point) => meter.part(point.totalBytes));
  for (const [index, point] of task.points.entries()) {
    const { kind, createdAt } = point;
    const began = ports.now();
    await repositories.requireWritable(repositoryId, point.neededBytes);
    const path = await repositories.newFilePath(repositoryId, point.folder, task.machine.name, createdAt, kind);
    const part = parts[index];
    const made = await copyPoint({
      sources: point.sources.map((file) => repositories.place(file.repositoryId, file.path)),
      take: point.take,
      target: repositories.place(repositoryId, path),
      kind,
      chainUuid: point.chainUuid,
      metadata: {
        pointUuid: point.pointUuid,
        createdAt: new Date(createdAt).toISOString(),
        machine: task.machine,
        job: task.job,
        productVersion,
      },
      codec: task.codec,
      encryption: task.encryption ?? 'keep',
      keys: task.keys,
      signal,
      onProgress: (progress) => part?.report(progress),
    });
    part?.done();
    await ports.commit({ file: { repositoryId, path } });
    ports.log(
      'success',
      `Copied the restore point of ${formatUtc(createdAt)} as ${kind === 'full' ? 'a full' : 'an increment'} (${formatBytes(made.fileSizeBytes)}). ${point.reason}`,
      { durationMs: ports.now() - began },
    );
  }
}
