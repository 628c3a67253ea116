import { implement, ORPCError } from '@orpc/server';
import { pageOf } from '../../electron/engine/database/paging.ts';
import type { ListQuery } from '../../shared/contract/common.ts';
import { contract } from '../../shared/contract/contract.ts';
import type { Topic } from '../../shared/contract/system.ts';
import { type SessionSnapshot, sessionSnapshot } from './session-snapshot.ts';
import { makeSeed, type Seed, type SeedSize } from './seed.ts';
import { seedNow } from './seed-words.ts';
import { byEachKind } from '../../shared/domain/jobs/job-kinds.ts';
import { settingsOfJob, settingsOfPool, wizardAnswers } from './wizard-answers.ts';

/** How the double behaves: as an engine, refusing every list, not started, or never answering lists. */
export type DoubleMode = 'works' | 'refuses' | 'not-started' | 'hangs';

/**
 * A stand-in for the engine, for pictures and tests of states that a real one reaches only with weeks of work or a broken
 * disk: nothing at all, 10 000 tapes, refusals. It keeps a seed in memory, pages it like the engine, and says yes to commands.
 */
export function createEngineDouble(options: { size: SeedSize; mode: DoubleMode; version: () => string }) {
  const seed: Seed = makeSeed(options.size);
  const os = implement(contract);
  const listeners = new Set<(topics: Topic[]) => void>();
  let seq = 1;
  const changed = (...topics: Topic[]): void => {
    seq += 1;
    for (const listener of listeners) listener(topics);
  };

  const gate = async (): Promise<void> => {
    if (options.mode === 'not-started') {
      throw new ORPCError('UNAVAILABLE', {
        status: 503,
        message:
          'The database /var/lib/reelvault/reelvault.db was made by a newer version (schema 9; this one knows 4).',
        data: { advice: 'Start the newer version, or give this one another data directory.' },
        defined: true,
      });
    }
  };
  const listGate = async (): Promise<void> => {
    await gate();
    if (options.mode === 'hangs') await new Promise(() => {});
    if (options.mode === 'refuses') {
      throw new ORPCError('UNAVAILABLE', {
        status: 503,
        message: 'The database is busy with a repair and cannot be read.',
        data: { advice: 'It takes a few minutes. Try again then.' },
        defined: true,
      });
    }
  };
  const list = async <T extends object>(rows: T[], input: ListQuery, searched: (keyof T)[]) => {
    await listGate();
    return pageOf(rows, input, searched);
  };
  const byId = <T extends { id: string }>(rows: T[], id: string): T => {
    const found = rows.find((row) => row.id === id);
    if (found === undefined) {
      throw new ORPCError('NOT_FOUND', { status: 404, message: `There is no ${id}.`, data: {}, defined: true });
    }
    return found;
  };
  const ok = async () => {
    await gate();
    return { ok: true as const };
  };
  const begun = async () => {
    await gate();
    return { sessionId: 'session-live' };
  };
  const made = async () => {
    await gate();
    return { id: 'made', sessionId: null };
  };

  const follow = (id: string): SessionSnapshot => sessionSnapshot(byId(seed.sessions, id));

  return os.router({
    system: {
      info: os.system.info.handler(async () => {
        await gate();
        return {
          product: 'Reelvault' as const,
          version: options.version(),
          hostName: 'backup-01',
          dataDir: '/var/lib/reelvault',
          startedAt: seedNow,
          timeZone: 'UTC',
          capabilities: { blockDevices: true },
        };
      }),
      overview: os.system.overview.handler(async () => {
        await listGate();
        const origin = (wanted: string): number => seed.backups.filter((row) => row.origin === wanted).length;
        const results = (wanted: string): number =>
          seed.sessions.slice(0, 12).filter((row) => row.result === wanted).length;
        const kinds = (wanted: string): number => seed.jobs.filter((row) => row.kind === wanted).length;
        return {
          jobs: byEachKind(({ kind }) => kinds(kind)),
          backups: {
            disk: origin('disk'),
            copy: origin('copy'),
            imported: origin('imported'),
            orphaned: origin('orphaned'),
            tape: origin('tape'),
          },
          last24Hours: {
            running: seed.sessions.filter((row) => row.endedAt === null).length,
            success: results('success'),
            warning: results('warning'),
            failed: results('failed'),
            stopped: results('stopped'),
          },
          repositories: seed.repositories.length,
          keys: seed.keys.length,
          libraries: seed.libraries.map((row) => ({
            id: row.id,
            name: row.name,
            online: row.state === 'online',
            drives: row.driveCount,
            media: row.mediaCount,
          })),
          pools: seed.pools.map((row) => ({ id: row.id, name: row.name, kind: row.kind, media: row.mediaCount })),
          machines: seed.machines.length,
          onlineMedia: seed.media.filter((row) => row.online).length,
          offlineMedia: seed.media.filter((row) => !row.online).length,
          attention: seed.attention,
        };
      }),
      changes: os.system.changes.handler(async function* ({ signal }) {
        await gate();
        yield { type: 'changed' as const, seq, topics: [] };
        const waiting: Topic[][] = [];
        let wake = (): void => {};
        const listener = (topics: Topic[]): void => {
          waiting.push(topics);
          wake();
        };
        listeners.add(listener);
        signal?.addEventListener('abort', () => wake());
        try {
          while (signal?.aborted !== true) {
            const topics = waiting.shift();
            if (topics !== undefined) yield { type: 'changed' as const, seq, topics };
            else {
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
            }
          }
        } finally {
          listeners.delete(listener);
        }
      }),
      audit: os.system.audit.handler(({ input }) => list(seed.audit, input, ['who', 'action', 'object'])),
      createSample: os.system.createSample.handler(begun),
    },
    jobs: {
      list: os.jobs.list.handler(({ input }) => list(seed.jobs, input, ['name', 'sourceSummary', 'targetName'])),
      get: os.jobs.get.handler(({ input }) => {
        const row = byId(seed.jobs, input.id);
        return { ...row, settings: settingsOfJob(row) };
      }),
      create: os.jobs.create.handler(made),
      clone: os.jobs.clone.handler(({ input }) => {
        const row = byId(seed.jobs, input.id);
        const made = { ...row, id: `${row.id}-copy`, name: `${row.name} copy`, enabled: false };
        seed.jobs = [...seed.jobs, made];
        changed('jobs');
        return { id: made.id, name: made.name };
      }),
      update: os.jobs.update.handler(ok),
      remove: os.jobs.remove.handler(({ input }) => {
        seed.jobs = seed.jobs.filter((row) => row.id !== input.id);
        changed('jobs');
        return ok();
      }),
      setEnabled: os.jobs.setEnabled.handler(({ input }) => {
        byId(seed.jobs, input.id).enabled = input.enabled;
        changed('jobs');
        return ok();
      }),
      run: os.jobs.run.handler(begun),
      preview: os.jobs.preview.handler(() => wizardAnswers.preview),
    },
    sessions: {
      list: os.sessions.list.handler(({ input }) =>
        list(
          seed.sessions.filter(
            (row) =>
              (input.jobId === undefined || row.jobId === input.jobId) &&
              (input.running === undefined || (row.endedAt === null) === input.running),
          ),
          input,
          ['name', 'reason'],
        ),
      ),
      get: os.sessions.get.handler(({ input }) => {
        const { type: _type, ...whole } = follow(input.id);
        return whole;
      }),
      tree: os.sessions.tree.handler(({ input }) => {
        const row = byId(seed.sessions, input.id);
        const root = seed.sessions.find((other) => other.id === row.parentId) ?? row;
        return [root, ...seed.sessions.filter((other) => other.parentId === root.id)];
      }),
      follow: os.sessions.follow.handler(async function* ({ input, signal }) {
        const snapshot = follow(input.id);
        yield snapshot;
        if (snapshot.session.endedAt === null) {
          await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
        }
      }),
      cancel: os.sessions.cancel.handler(ok),
    },
    backups: {
      list: os.backups.list.handler(({ input }) =>
        list(
          seed.backups.filter(
            (row) =>
              (input.origin === undefined || row.origin === input.origin) &&
              (input.machineId === undefined || row.machineId === input.machineId),
          ),
          input,
          ['machineName', 'jobName', 'locationName'],
        ),
      ),
      points: os.backups.points.handler(({ input }) =>
        list(
          seed.points.filter(
            (row) =>
              (input.ids === undefined || input.ids.includes(row.id) || input.ids.includes(row.pointId)) &&
              (input.origin === undefined || row.origin === input.origin) &&
              (input.backupId === undefined || row.backupId === input.backupId) &&
              (input.machineId === undefined || row.machineId === input.machineId) &&
              (input.locationId === undefined || row.locationId === input.locationId),
          ),
          input,
          ['machineName', 'jobName', 'locationName'],
        ),
      ),
      machines: os.backups.machines.handler(({ input }) => list(seed.machines, input, ['name', 'platform'])),
      verify: os.backups.verify.handler(begun),
      deleteFromDisk: os.backups.deleteFromDisk.handler(begun),
    },
    repositories: {
      list: os.repositories.list.handler(({ input }) => list(seed.repositories, input, ['name', 'path'])),
      get: os.repositories.get.handler(({ input }) => byId(seed.repositories, input.id)),
      add: os.repositories.add.handler(made),
      update: os.repositories.update.handler(ok),
      inspect: os.repositories.inspect.handler(() => wizardAnswers.folder),
      rescan: os.repositories.rescan.handler(begun),
      remove: os.repositories.remove.handler(ok),
    },
    sources: {
      browse: os.sources.browse.handler(({ input }) => ({
        path: input.path,
        parent: input.path === '/' ? null : '/',
        entries: wizardAnswers.entries,
        truncated: false,
      })),
      inspectDisk: os.sources.inspectDisk.handler(({ input }) => ({
        path: input.path,
        kind: 'raw',
        sizeBytes: 40 * 2 ** 30,
      })),
    },
    tape: {
      libraries: os.tape.libraries.handler(({ input }) => list(seed.libraries, input, ['name', 'serial'])),
      library: os.tape.library.handler(async ({ input }) => {
        await listGate();
        const library = byId(seed.libraries, input.id);
        return {
          ...library,
          elements: library.state === 'online' ? seed.elements : [],
          connection: { kind: 'virtual' as const, path: library.location },
          storedSecrets: [],
        };
      }),
      addVirtual: os.tape.addVirtual.handler(made),
      discoverIscsi: os.tape.discoverIscsi.handler(() => wizardAnswers.portal),
      scanLocal: os.tape.scanLocal.handler(() => ({ devices: [] })),
      test: os.tape.test.handler(() => wizardAnswers.test),
      attach: os.tape.attach.handler(made),
      update: os.tape.update.handler(ok),
      rescan: os.tape.rescan.handler(ok),
      remove: os.tape.remove.handler(ok),
      inventory: os.tape.inventory.handler(begun),
      catalog: os.tape.catalog.handler(begun),
      moveMedium: os.tape.moveMedium.handler(({ input }) => {
        const from = seed.elements.find((row) => row.address === input.from);
        const to = seed.elements.find((row) => row.address === input.to);
        if (from !== undefined && to !== undefined) {
          const { barcode, mediaId, poolName, mediaState } = from;
          Object.assign(to, { full: true, barcode, mediaId, poolName, mediaState });
          Object.assign(from, { full: false, barcode: null, mediaId: null, poolName: null, mediaState: null });
          changed('libraries', 'media');
        }
        return begun();
      }),
      insertCartridge: os.tape.insertCartridge.handler(ok),
      takeOutCartridge: os.tape.takeOutCartridge.handler(ok),
    },
    media: {
      list: os.media.list.handler(({ input }) =>
        list(
          seed.media.filter(
            (row) =>
              (input.poolId === undefined || row.poolId === input.poolId) &&
              (input.libraryId === undefined || row.libraryId === input.libraryId) &&
              (input.online === undefined || row.online === input.online),
          ),
          input,
          ['barcode', 'name', 'poolName'],
        ),
      ),
      get: os.media.get.handler(({ input }) => {
        const medium = byId(seed.media, input.id);
        return {
          ...medium,
          points: seed.points.slice(0, medium.pointCount).map((row) => ({
            pointId: row.id,
            machineName: row.machineName,
            createdAt: row.createdAt,
            kind: row.kind,
            sizeBytes: row.sizeBytes,
          })),
          setMembers: seed.media
            .filter((row) => row.setName !== null && row.setName === medium.setName)
            .map((row) => ({ mediaId: row.id, barcode: row.barcode, sequence: row.sequence ?? 0 })),
        };
      }),
      candidates: os.media.candidates.handler(async () => {
        await listGate();
        return {
          decision: wizardAnswers.nextTape,
          candidates: seed.media.slice(0, 200).map((row, at) => ({
            mediaId: row.id,
            barcode: row.barcode,
            usable: ['open', 'free', 'empty', 'expired'].includes(row.state) && row.online,
            rank: row.state === 'open' ? at + 1 : null,
            reason: row.online ? row.stateReason : wizardAnswers.away,
          })),
        };
      }),
      standing: os.media.standing.handler(({ input }) => {
        const row = byId(seed.media, input.id);
        return seed.pools
          .filter((pool) => pool.kind === 'custom')
          .map((pool) => ({
            poolId: pool.id,
            poolName: pool.name,
            usable: row.poolId === pool.id && row.state === 'open',
            rank: row.poolId === pool.id && row.state === 'open' ? 1 : null,
            reason: row.poolId === pool.id ? row.stateReason : `It is in the pool ${row.poolName}.`,
            nextTape: pool.nextTape ?? 'No tape',
          }));
      }),
      moveToPool: os.media.moveToPool.handler(({ input }) => {
        const pool = byId(seed.pools, input.poolId);
        for (const id of input.mediaIds) Object.assign(byId(seed.media, id), { poolId: pool.id, poolName: pool.name });
        changed('media', 'pools');
        return ok();
      }),
      setProtected: os.media.setProtected.handler(({ input }) => {
        for (const id of input.mediaIds) byId(seed.media, id).protectedByAdmin = input.protected;
        changed('media');
        return ok();
      }),
      setName: os.media.setName.handler(({ input }) => {
        byId(seed.media, input.id).name = input.name;
        changed('media');
        return ok();
      }),
      erase: os.media.erase.handler(begun),
      export: os.media.export.handler(begun),
      import: os.media.import.handler(begun),
      forget: os.media.forget.handler(({ input }) => {
        seed.media = seed.media.filter((row) => !input.mediaIds.includes(row.id));
        changed('media');
        return ok();
      }),
    },
    pools: {
      list: os.pools.list.handler(({ input }) => list(seed.pools, input, ['name'])),
      get: os.pools.get.handler(({ input }) => {
        const row = byId(seed.pools, input.id);
        return { ...row, settings: row.kind === 'custom' ? settingsOfPool(row.name) : null };
      }),
      create: os.pools.create.handler(made),
      update: os.pools.update.handler(ok),
      remove: os.pools.remove.handler(ok),
    },
    restores: {
      planFromTape: os.restores.planFromTape.handler(({ input }) =>
        wizardAnswers.plan(seed.points.filter((row) => input.pointIds.includes(row.id))),
      ),
      fromTape: os.restores.fromTape.handler(begun),
      disks: os.restores.disks.handler(begun),
    },
    credentials: {
      keys: os.credentials.keys.handler(({ input }) => list(seed.keys, input, ['name', 'hint'])),
      addKey: os.credentials.addKey.handler(({ input }) => {
        const id = `key-${seed.keys.length}`;
        seed.keys = [...seed.keys, { id, name: input.name, hint: input.hint, createdAt: seedNow, usedBy: 0 }];
        changed('keys');
        return { id };
      }),
      removeKey: os.credentials.removeKey.handler(({ input }) => {
        seed.keys = seed.keys.filter((row) => row.id !== input.id);
        changed('keys');
        return ok();
      }),
    },
  });
}
