import type { Router } from '@orpc/server';
import type { Contract } from '../../shared/contract/contract.ts';
import type { CallContext } from './api/implement.ts';
import { createRouter } from './api/router.ts';
import type { Services } from './api/services.ts';
import { productVersion } from './backup-file/index.ts';
import { openInstallationSecret, type KeyRing } from './credentials/installation-secret.ts';
import { SqlKeyStore } from './credentials/key-store.ts';
import { Sealer } from './credentials/sealer.ts';
import { DataDirectory, type EngineAddress } from './data-directory.ts';
import { Database } from './database/database.ts';
import { type Clock, systemClock } from './faults/clock.ts';
import { SqlAuditStore } from './audit/audit-store.ts';
import { SqlRestoreIntentStore } from './jobs/from-tape/restore-intent-store.ts';
import { SqlJobStore } from './jobs/job-store.ts';
import { SqlBackupListStore } from './points/backup-list-store.ts';
import { SqlPointListStore } from './points/point-list-store.ts';
import { SqlRepositoryStore } from './repository/repository-store.ts';
import { SqlVersionStore } from './versions/version-store.ts';
import { Versions } from './versions/versions.ts';
import { TapeStore } from './tape/store/tape-store.ts';
import { JobService } from './jobs/job-service.ts';
import { recover } from './jobs/recovery.ts';
import { SqlBackupStore } from './repository/backup-store.ts';
import type { RepositoryKinds } from './repository/kinds/repository-kinds.ts';
import { Repositories } from './repository/repositories.ts';
import { ChangesInMemory } from './sessions/changes.ts';
import { LocksInMemory } from './sessions/locks.ts';
import { SqlSessionStore } from './sessions/session-store.ts';
import { Sessions } from './sessions/sessions.ts';
import { TapeServices } from './tape/tape-services.ts';

export interface EngineOptions {
  /** Where the engine keeps its database, secrets and lock; made when missing. */
  dataDir: string;
  clock?: Clock;
  /** IANA name; schedules are in this zone. Default: the host's. */
  timeZone?: string;
  /** False: jobs run only when asked for. For an engine that is opened for the time of one command. */
  schedule?: boolean;
  /** Where the operating system keeps secrets for this user, if this host can reach it. Default: a key file. */
  keyRing?: KeyRing;
  /** Default: those in repository/kinds/. */
  repositoryKinds?: RepositoryKinds;
}

export interface Engine {
  readonly router: Router<Contract, CallContext>;
  readonly dataDir: string;
  /** What the router's handlers call: for hosts that run work without a wire, and for tests. */
  readonly services: Services;
  /** What is not as it should be with the installation's secret, in words. */
  readonly secretWarning: string | undefined;
  publishAddress(address: EngineAddress): void;
  close(): Promise<void>;
}

/** How long a closing engine waits for its sessions to stop before it leaves them to the next start. */
const closeLimitMs = 20_000;
/** How long it waits for a checkpoint of the database; one that is cut off is made again by the next start. */
const checkpointLimitMs = 10_000;

/**
 * Composition root. Takes the data directory for itself, recovers what the last engine left unfinished, and starts the
 * schedule. Throws {@link DataDirectoryLocked} when another engine has the directory.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const clock = options.clock ?? systemClock;
  const directory = DataDirectory.open(options.dataDir);
  let database: Database | undefined;
  try {
    database = new Database(directory.file('reelvault.db'));
    return await compose(directory, database, clock, options);
  } catch (error) {
    database?.close();
    directory.close();
    throw error;
  }
}

async function compose(
  directory: DataDirectory,
  database: Database,
  clock: Clock,
  options: EngineOptions,
): Promise<Engine> {
  const timeZone = options.timeZone ?? hostTimeZone();
  // Sequence numbers of two runs of an engine never meet: each begins at its start time.
  const changes = new ChangesInMemory(clock.now());
  const locks = new LocksInMemory(clock);
  const sessions = new Sessions(new SqlSessionStore(database), clock, changes, locks);
  const backups = new SqlBackupStore(database);
  const jobStore = new SqlJobStore(database);
  const isConfigured = (jobId: string): boolean => jobStore.find(jobId) !== undefined;
  const auditTrail = new SqlAuditStore(database);
  const installation = await openInstallationSecret(directory.path, options.keyRing);
  const sealer = new Sealer(installation.secret, installation.warning);
  const keys = new SqlKeyStore(database, sealer);
  const repositories = new Repositories({
    commits: database,
    store: new SqlRepositoryStore(database),
    backups,
    isConfigured,
    keys,
    changes,
    clock,
    scratchDir: directory.path,
    kinds: options.repositoryKinds,
  });
  const audit = (who: string, action: string, object: string): void => {
    database.later((work) => auditTrail.append(work, { at: clock.now(), who, action, object }));
  };
  const store = new TapeStore(database, sealer);
  const tape = new TapeServices({ store, sessions, locks, changes, clock, audit, timeZone });
  const context = {
    dataDir: directory.path,
    clock,
    timeZone,
    commits: database,
    sessions,
    isConfigured,
    locks,
    changes,
    backups,
    repositories,
    keys,
    restoreIntents: new SqlRestoreIntentStore(database),
    tape,
  };
  const jobs = new JobService(context, jobStore);
  const services: Services = {
    ...context,
    jobs,
    audit,
    auditTrail,
    versions: new Versions(new SqlVersionStore(database), clock),
    backupList: new SqlBackupListStore(database),
    pointList: new SqlPointListStore(database),
    startedAt: clock.now(),
    version: productVersion,
  };
  await recover(context, jobs);
  repositories.watch();
  if (options.schedule ?? true) jobs.start();

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    jobs.close();
    await sessions.close(closeLimitMs);
    await tape.close();
    locks.close();
    repositories.close();
    changes.close();
    await database.settled(checkpointLimitMs);
    database.close();
    directory.close();
  };
  return {
    router: createRouter(services),
    dataDir: directory.path,
    services,
    secretWarning: installation.warning,
    publishAddress: (address) => directory.publishAddress(address),
    close: () => (closing ??= close()),
  };
}

function hostTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
