import { judge321 } from '../../shared/domain/rule-321.ts';
import type { BackupRow, PointRow } from '../../shared/contract/backups.ts';
import type { JobRow } from '../../shared/contract/jobs.ts';
import type { RepositoryRow } from '../../shared/contract/repositories.ts';
import type { SessionRow } from '../../shared/contract/sessions.ts';
import type { ElementRow, LibraryRow, MediaRow, PoolRow } from '../../shared/contract/tape.ts';
import { elements, libraries, pool, tape, usualPools } from './seed-tapes.ts';
import { gib, hourMs, pad, pick, seedNow, series } from './seed-words.ts';

/** How much there is: nothing, a usual office, or more than any console has to hold. */
export type SeedSize = 'empty' | 'usual' | 'large';

export interface Seed {
  attention: {
    kind: 'waiting-tape' | 'low-space' | 'library-offline';
    text: string;
    sessionId: string | null;
  }[];
  jobs: JobRow[];
  sessions: SessionRow[];
  backups: BackupRow[];
  points: PointRow[];
  machines: {
    id: string;
    name: string;
    platform: string;
    primaryPoints: number;
    copyPoints: number;
    tapePoints: number;
    newestPointAt: number | null;
    rule321: ReturnType<typeof judge321>;
  }[];
  repositories: RepositoryRow[];
  keys: { id: string; name: string; hint: string; createdAt: number; usedBy: number }[];
  libraries: LibraryRow[];
  elements: ElementRow[];
  media: MediaRow[];
  pools: PoolRow[];
  audit: { id: number; at: number; who: string; action: string; object: string }[];
}

const noProgress = {
  totalBytes: 0,
  processedBytes: 0,
  readBytes: 0,
  transferredBytes: 0,
  readRateBps: 0,
  writeRateBps: 0,
  meanRateBps: 0,
  bottleneck: null,
} as const;

export const emptySeed = (): Seed => ({
  attention: [],
  jobs: [],
  sessions: [],
  backups: [],
  points: [],
  machines: [],
  repositories: [],
  keys: [],
  libraries: [],
  elements: [],
  media: [],
  pools: (['free', 'unrecognized', 'imported', 'retired'] as const).map((kind) => pool(kind, kind, 0)),
  audit: [],
});

function session(at: number, change: Partial<SessionRow>): SessionRow {
  const startedAt = seedNow - at * 2 * hourMs;
  const kind = pick(
    ['backup', 'backup-copy', 'backup-to-tape', 'inventory', 'verify', 'restore-from-tape'] as const,
    at,
  );
  const result = pick(['success', 'success', 'warning', 'success', 'failed', 'success', 'stopped'] as const, at);
  return {
    ...noProgress,
    id: `session-${at}`,
    kind,
    name: pick(['Nightly virtual machines', 'Copy to second site', 'Weekly to tape', 'Inventory of Demo library'], at),
    jobId: at % 4 < 3 ? `job-${at % 4}` : null,
    parentId: at % 4 === 1 || at % 4 === 2 ? `session-${at - (at % 4)}` : null,
    state: 'idle',
    stateText: null,
    result,
    reason: result === 'failed' ? 'db-02: the disk image /srv/images/db-02.raw cannot be read.' : null,
    startedAt,
    endedAt: startedAt + 23 * 60_000 + at * 1000,
    taskCount: 3,
    progressPercent: 100,
    totalBytes: 120 * gib,
    processedBytes: 120 * gib,
    readBytes: 31 * gib,
    transferredBytes: 18 * gib,
    meanRateBps: 412 * 2 ** 20,
    bottleneck: 'source',
    ...change,
  };
}

function usualJobs(): JobRow[] {
  const base: Omit<JobRow, 'id' | 'kind' | 'name'> = {
    version: 1,
    description: '',
    enabled: true,
    sourceSummary: '3 machines',
    targetName: 'Main repository',
    repositoryId: 'repository-0',
    runsAfterJobId: null,
    scheduleText: 'Daily at 22:00',
    nextRunAt: seedNow + 8 * hourMs,
    lastResult: 'success',
    lastRunAt: seedNow - 16 * hourMs,
    lastSessionId: 'session-1',
    runningSessionId: null,
    runningState: null,
    progressPercent: null,
    nextTape: null,
  };
  return [
    { ...base, id: 'job-0', kind: 'backup', name: 'Nightly virtual machines' },
    {
      ...base,
      id: 'job-1',
      kind: 'backup-copy',
      name: 'Copy to second site',
      sourceSummary: '1 job',
      targetName: 'Second site',
      repositoryId: 'repository-1',
      scheduleText: 'Immediately',
      nextRunAt: null,
      lastResult: 'warning',
      runningSessionId: 'session-0',
      runningState: 'working',
      progressPercent: 42,
    },
    {
      ...base,
      id: 'job-2',
      kind: 'backup-to-tape',
      name: 'Weekly to tape',
      sourceSummary: '2 jobs',
      targetName: 'Weekly',
      repositoryId: null,
      scheduleText: 'Saturday at 06:00',
      runningSessionId: 'session-live',
      runningState: 'waiting-tape',
      progressPercent: 63,
      nextTape: {
        text: 'RV0001L9',
        reason: 'Open tape of the set: goes on where the last session ended.',
        mediaId: 'tape-1',
      },
    },
    {
      ...base,
      id: 'job-3',
      kind: 'backup',
      name: 'File servers of the Hamburg, Rotterdam and Antwerp branch offices, weekly',
      enabled: false,
      scheduleText: 'Sunday at 03:00',
      nextRunAt: null,
      lastResult: 'failed',
    },
    {
      ...base,
      id: 'job-4',
      kind: 'backup',
      name: 'Test machines',
      lastResult: null,
      lastRunAt: null,
      lastSessionId: null,
      scheduleText: 'Not scheduled',
      nextRunAt: null,
    },
  ];
}

export function makeSeed(size: SeedSize): Seed {
  if (size === 'empty') return emptySeed();
  const large = size === 'large';
  const machineNames = ['web-01', 'web-02', 'db-01', 'db-02', 'mail', 'files', 'dc-01'];
  const machineCount = large ? 5000 : machineNames.length;
  const name = (at: number): string => (large ? `machine-${pad(at, 5)}.example.org` : pick(machineNames, at));
  const media = series(large ? 10_000 : 28, tape);
  const platforms = ['proxmox-ve', 'raw-image', 'folder'] as const;
  const origins = ['disk', 'copy', 'tape', 'imported', 'orphaned'] as const;
  const backups = series(large ? 20_000 : 17, (at): BackupRow => {
    const origin = pick(origins, at % 17 < 14 ? at % 3 : 3 + (at % 2));
    return {
      id: `backup-${at}`,
      origin,
      jobName: pick(['Nightly virtual machines', 'Copy to second site', 'Weekly to tape'], at),
      machineId: `machine-${at % machineCount}`,
      machineName: name(at % machineCount),
      platform: pick(platforms, at),
      locationId: origin === 'tape' ? 'pool-weekly' : `repository-${at % 2}`,
      locationName: origin === 'tape' ? 'Weekly' : pick(['Main repository', 'Second site'], at),
      pointCount: 7 + (at % 5),
      newestPointAt: seedNow - (at % 40) * hourMs,
      oldestPointAt: seedNow - 170 * hourMs,
      sizeBytes: (12 + (at % 90)) * gib,
      state: at % 13 === 5 ? 'incomplete' : 'complete',
    };
  });
  const points = series(large ? 100_000 : 120, (at): PointRow => {
    const backup = pick(backups, Math.floor(at / 7));
    const onTape = backup.origin === 'tape';
    return {
      id: `place-${at}`,
      pointId: `point-${at}`,
      backupId: backup.id,
      origin: backup.origin,
      machineId: backup.machineId,
      machineName: backup.machineName,
      platform: backup.platform,
      jobName: backup.jobName,
      locationId: backup.locationId,
      locationName: backup.locationName,
      kind: at % 7 === 0 ? 'full' : 'increment',
      createdAt: seedNow - (at % 7) * 24 * hourMs,
      sizeBytes: (at % 7 === 0 ? 12 : 1) * gib + at * 4096,
      state: at % 31 === 3 ? 'corrupt' : 'complete',
      stateReason: at % 31 === 3 ? 'Block 1 204 does not have its checksum; found on 19 November 2026.' : null,
      encrypted: at % 2 === 0,
      path: onTape
        ? null
        : `/srv/backup/${backup.jobName}/${backup.machineName}/2026-11-${pad(20 - (at % 7), 2)}T22-00.rvb`,
      disks: [{ id: `disk-${at}`, name: 'disk-0', sizeBytes: 40 * gib }],
      tapes: onTape ? [{ mediaId: 'tape-4', barcode: 'RV0004L9', where: 'Slot 5', available: true }] : [],
    };
  });
  return {
    attention: [
      {
        kind: 'waiting-tape',
        text: 'Weekly to tape: waits for a tape of the pool Weekly: bring in RV0021L9 or any free tape.',
        sessionId: 'session-live',
      },
      { kind: 'low-space', text: 'Second site: 240 GiB of 3.91 TiB free', sessionId: null },
      { kind: 'library-offline', text: 'Second library is offline', sessionId: null },
    ],
    jobs: usualJobs(),
    sessions: [
      session(0, {
        id: 'session-live',
        name: 'Weekly to tape',
        kind: 'backup-to-tape',
        jobId: 'job-2',
        state: 'waiting-tape',
        stateText: 'Waits for a tape of the pool Weekly: bring in RV0021L9 or any free tape.',
        result: null,
        endedAt: null,
        progressPercent: 63,
        startedAt: seedNow - hourMs,
        processedBytes: 75 * gib,
        readRateBps: 380 * 2 ** 20,
        writeRateBps: 212 * 2 ** 20,
      }),
      session(0, {
        name: 'Copy to second site',
        kind: 'backup-copy',
        jobId: 'job-1',
        state: 'working',
        result: null,
        endedAt: null,
        progressPercent: 42,
        startedAt: seedNow - hourMs / 2,
        processedBytes: 50 * gib,
        readRateBps: 380 * 2 ** 20,
        writeRateBps: 212 * 2 ** 20,
      }),
      ...series(large ? 100_000 : 40, (at) => session(at + 1, {})),
    ],
    backups,
    points,
    machines: series(machineCount, (at) => ({
      id: `machine-${at}`,
      name: name(at),
      platform: pick(platforms, at),
      primaryPoints: 7,
      copyPoints: at % 3 === 2 ? 0 : 7,
      tapePoints: at % 2 === 0 ? 4 : 0,
      newestPointAt: seedNow - (at % 30) * hourMs,
      rule321: judge321({ repositories: at % 3 === 2 ? 1 : 2, awayRepositories: 0, mediaPools: at % 2 === 0 ? 1 : 0 }),
    })),
    repositories: series(3, (at) => ({
      id: `repository-${at}`,
      version: 1,
      name: pick(['Main repository', 'Second site', 'Old disks'], at),
      description: '',
      place: {
        kind: 'directory',
        path: pick(['/srv/backup/main', '/mnt/second-site/backup', '/mnt/old'], at),
        requireMount: at > 0,
      },
      path: pick(['/srv/backup/main', '/mnt/second-site/backup', '/mnt/old'], at),
      state: at === 2 ? 'unavailable' : 'available',
      stateText: at === 2 ? 'Nothing is mounted at /mnt/old.' : null,
      capacityBytes: at === 2 ? null : 4000 * gib,
      freeBytes: at === 2 ? null : (at === 1 ? 240 : 1800) * gib,
      usedBytes: (900 + at * 200) * gib,
      pointCount: 84,
      machineCount: 7,
      keyIds: [],
    })),
    keys: [
      { id: 'key-0', name: 'Main key', hint: 'The long one', createdAt: seedNow - 4000 * hourMs, usedBy: 2 },
      { id: 'key-1', name: 'Old key', hint: '', createdAt: seedNow - 9000 * hourMs, usedBy: 0 },
    ],
    libraries,
    elements: elements(media, large ? 10_000 : 24),
    media,
    pools: usualPools(),
    audit: series(60, (at) => ({
      id: 60 - at,
      at: seedNow - at * hourMs,
      who: pick(['administrator', 'command line (root)'], at),
      action: pick(['job.run', 'job.update', 'media.erase', 'library.inventory'], at),
      object: pick(['Nightly virtual machines', 'Weekly to tape', 'RV0008L9', 'Demo library'], at),
    })),
  };
}
