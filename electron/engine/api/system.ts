import { byEachKind } from '../../../shared/domain/jobs/job-kinds.ts';
import { hostname } from 'node:os';
import { runSample } from '../jobs/sample.ts';
import { os } from './implement.ts';
import { responder } from './respond.ts';
import type { Services } from './services.ts';

const dayMs = 86_400_000;
/** A repository is short of space below a tenth of its size. */
const lowSpaceShare = 0.1;

export const systemApi = (services: Services) => {
  const respond = responder(services.commits);
  const { sessions, jobs, repositories, tape, changes, clock, keys, backupList, auditTrail } = services;

  const overview = () => {
    const all = jobs.store.list();
    const counts = sessions.store.countsSince(clock.now() - dayMs);
    const libraries = tape.libraries.all().map((library) => ({
      id: library.id,
      name: library.name,
      online: library.online,
      drives: library.driveAddresses.length,
      media: tape.store.media.countIn(library.id),
    }));
    const totals = tape.store.pools.totals(tape.libraries.online().map((library) => library.id));
    const { backups, machines } = backupList.counts();
    let onlineMedia = 0;
    let offlineMedia = 0;
    for (const { mediaCount, onlineCount } of totals.values()) {
      onlineMedia += onlineCount;
      offlineMedia += mediaCount - onlineCount;
    }
    return {
      jobs: byEachKind(({ kind }) => all.filter((job) => job.kind === kind).length),
      backups,
      last24Hours: {
        running: counts.running ?? 0,
        success: counts.success ?? 0,
        warning: counts.warning ?? 0,
        failed: counts.failed ?? 0,
        stopped: counts.stopped ?? 0,
      },
      machines,
      repositories: repositories.list().length,
      keys: keys.list().length,
      libraries,
      pools: tape.store.pools.all().map((pool) => ({
        id: pool.id,
        name: pool.name,
        kind: pool.kind,
        media: totals.get(pool.id)?.mediaCount ?? 0,
      })),
      onlineMedia,
      offlineMedia,
      attention: attention(libraries),
    };
  };

  const attention = (libraries: { name: string; online: boolean }[]) => {
    const items: {
      kind: 'waiting-tape' | 'failed-job' | 'low-space' | 'library-offline' | 'repository-unavailable';
      text: string;
      sessionId: string | null;
    }[] = [];
    for (const session of sessions.running()) {
      if (session.state !== 'waiting-tape') continue;
      items.push({
        kind: 'waiting-tape',
        text: `${session.name}: ${session.stateText ?? 'waits for a tape'}`,
        sessionId: session.id,
      });
    }
    for (const job of jobs.store.list()) {
      if (job.lastResult !== 'failed' || jobs.runningSession(job.id) !== null) continue;
      items.push({ kind: 'failed-job', text: `${job.name} failed`, sessionId: job.lastSessionId });
    }
    for (const repository of repositories.list()) {
      if (repository.state === 'unavailable') {
        items.push({
          kind: 'repository-unavailable',
          text: `${repository.name}: ${repository.stateText ?? 'not available'}`,
          sessionId: null,
        });
      } else if (
        repository.capacityBytes &&
        repository.freeBytes !== null &&
        repository.freeBytes < repository.capacityBytes * lowSpaceShare
      ) {
        const percent = Math.round((100 * repository.freeBytes) / repository.capacityBytes);
        items.push({ kind: 'low-space', text: `${repository.name}: ${percent} % free`, sessionId: null });
      }
    }
    for (const library of libraries) {
      if (!library.online) items.push({ kind: 'library-offline', text: `${library.name} is offline`, sessionId: null });
    }
    return items;
  };

  return {
    info: os.system.info.handler(() =>
      respond(() => ({
        product: 'Reelvault' as const,
        version: services.version,
        hostName: hostname(),
        dataDir: services.dataDir,
        startedAt: services.startedAt,
        timeZone: services.timeZone,
        capabilities: { blockDevices: process.platform === 'linux' },
      })),
    ),
    overview: os.system.overview.handler(() => respond(overview)),
    changes: os.system.changes.handler(({ input, signal }) => changes.follow(input.since, signal)),
    audit: os.system.audit.handler(({ input }) => respond(() => auditTrail.page(input))),
    createSample: os.system.createSample.handler(({ context }) =>
      respond(() => {
        const session = sessions.start(
          { kind: 'sample', name: 'Sample with a virtual library', who: context.who },
          (running) => runSample(services, jobs, running, services.audit, context.who),
        );
        services.audit(context.who, 'sample.create', 'Sample with a virtual library');
        return { sessionId: session.id };
      }),
    ),
  };
};
