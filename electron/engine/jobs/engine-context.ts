import type { KeyStore } from '../credentials/key-store.ts';
import type { Commits } from '../database/unit-of-work.ts';
import type { Clock } from '../faults/clock.ts';
import type { BackupStore } from '../repository/backup-store.ts';
import type { Repositories } from '../repository/repositories.ts';
import type { Changes } from '../sessions/changes.ts';
import type { ResourceLocks } from '../sessions/locks.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TapeServices } from '../tape/tape-services.ts';
import type { RestoreIntentStore } from './from-tape/restore-intent-store.ts';

/** What the runs of jobs work with. */
export interface EngineContext {
  dataDir: string;
  clock: Clock;
  /** IANA name: schedules and days of retention are in this zone. */
  timeZone: string;
  /** Opens the units of work that stores write in. */
  commits: Commits;
  sessions: Sessions;
  /** Whether there is a job of this id: others may still name one that was removed. */
  isConfigured(jobId: string): boolean;
  locks: ResourceLocks;
  changes: Changes;
  backups: BackupStore;
  repositories: Repositories;
  keys: KeyStore;
  restoreIntents: RestoreIntentStore;
  tape: TapeServices;
}

/** Lock key of one machine's folder in a repository: shared to read its files, exclusive to change them. */
export function folderLock(repositoryId: string, folder: string, mode: 'shared' | 'exclusive') {
  return { key: `folder:${repositoryId}:${folder}`, mode };
}
