import { formatBytes } from '../../../../shared/domain/format.ts';
import { checkFile, type Keys } from '../../backup-file/index.ts';
import type { FileReference, TaskPorts } from './task-ports.ts';

/** Reading one backup file and checking it: stored bytes by checksum, or content by digest. */
export interface VerifyTask {
  file: FileReference;
  level: 'checksums' | 'digests';
  keys: Keys;
}

/** The file is damaged, and so is everything that is read through it. */
export interface VerifyCommit {
  damaged: FileReference;
  reason: string;
}

const mostProblemsTold = 100;

/**
 * Returns why the file is damaged; null where it is intact. Throws what says nothing about the file: a missing key, a disk
 * that cannot be read now, a newer format.
 */
export async function runVerifyTask(
  task: VerifyTask,
  ports: TaskPorts<VerifyCommit>,
  signal: AbortSignal,
): Promise<string | null> {
  const { file, level, keys } = task;
  const began = ports.now();
  const report = await checkFile(ports.repositories.place(file.repositoryId, file.path), {
    level,
    keys,
    signal,
    onProgress: (progress) => ports.progress(progress),
  });
  if (report.problems.length === 0) {
    const durationMs = ports.now() - began;
    ports.log('success', `${report.blocks} blocks, ${formatBytes(report.bytes)}: intact`, { durationMs });
    return null;
  }
  for (const problem of report.problems.slice(0, mostProblemsTold)) {
    ports.log('error', problem.message, { advice: 'Restore this point from another copy or from tape.' });
  }
  const reason = `${report.problemCount} problems found: ${report.problems[0]?.message}`;
  await ports.commit({ damaged: file, reason });
  return reason;
}
