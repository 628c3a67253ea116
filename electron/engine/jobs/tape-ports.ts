import type { BackupToTapeSettings } from '../../../shared/domain/jobs/backup-to-tape.ts';
import type { FilePlace } from '../files/file-place.ts';
import type { Keys } from '../backup-file/index.ts';
import type { BackupStore, PointRecord } from '../repository/backup-store.ts';
import type { RepositoryContents } from '../repository/repository-contents.ts';
import type { RunningSession } from '../sessions/running-session.ts';
import type { RestoreIntentStore } from './from-tape/restore-intent-store.ts';
import type { TapeServices } from '../tape/tape-services.ts';

/** What jobs with tapes need of repositories. */
export interface RepositoryPort {
  readonly contents: RepositoryContents;
  /** Where a file of a repository is; `path` is relative to its root. */
  place(repositoryId: string, path: string): FilePlace;
  requireAvailable(repositoryId: string): Promise<unknown>;
  /** Throws unless the repository is there and has this much room. */
  requireWritable(repositoryId: string, neededBytes?: number): Promise<void>;
  /** Where a machine's files of a job belong, relative to the root. */
  machineFolder(repositoryId: string, jobName: string, machine: { id: string; name: string }): string;
  /** Makes chains and points (imported) of committed files; paths are relative to the root. */
  registerImported(repositoryId: string, relativePaths: string[]): Promise<PointRecord[]>;
  keysFor(repositoryId: string): Keys;
}

export interface TapeJobContext {
  tape: TapeServices;
  backups: BackupStore;
  repository: RepositoryPort;
  session: RunningSession;
  dataDir: string;
}

export interface TapeRestoreContext extends TapeJobContext {
  restoreIntents: RestoreIntentStore;
}

export interface BackupToTapeContext extends TapeJobContext {
  job: { id: string; settings: BackupToTapeSettings };
  /** How many of its source jobs are gone. */
  removedSources: number;
  /** Every machine gets a new full in this run. */
  activeFull: boolean;
}
