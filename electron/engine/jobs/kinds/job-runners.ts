import type { JobKind } from '../../../../shared/domain/jobs/job-kinds.ts';
import { backupRunner } from './backup.ts';
import { backupCopyRunner } from './backup-copy.ts';
import { backupToTapeRunner } from './backup-to-tape.ts';
import type { JobRunner } from './kind.ts';

const runners: readonly JobRunner[] = [backupRunner, backupCopyRunner, backupToTapeRunner];

/** What runs jobs of a kind. */
export function runnerOf(kind: JobKind): JobRunner {
  const runner = runners.find((one) => one.kind === kind);
  if (!runner) throw new RangeError(`Nothing runs jobs of the kind ${kind}.`);
  return runner;
}
