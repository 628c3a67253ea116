import type { PoolRow, PoolSettings } from '../../../shared/contract/tape.ts';
import { describeSchedule } from '../../../shared/domain/schedule.ts';
import { pageOf } from '../database/paging.ts';
import type { PoolRecord } from '../tape/store/tape-records.ts';
import { os } from './implement.ts';
import { ok, responder } from './respond.ts';
import type { Services } from './services.ts';

export const poolsApi = (services: Services) => {
  const respond = responder(services.commits);
  const { tape, versions } = services;

  const row = (pool: PoolRecord, totals: ReturnType<typeof tape.store.pools.totals>): PoolRow => {
    const sums = totals.get(pool.id);
    return {
      id: pool.id,
      version: versions.of('pool', pool.id),
      name: pool.name,
      description: pool.description,
      kind: pool.kind,
      mediaCount: sums?.mediaCount ?? 0,
      onlineCount: sums?.onlineCount ?? 0,
      usedBytes: sums?.usedBytes ?? 0,
      freeBytes: sums?.freeBytes ?? 0,
      allocationText: allocationText(pool),
      retentionText: retentionText(pool),
      nextTape: pool.kind === 'custom' ? tape.nextTapeFor(pool.id).text : null,
    };
  };
  const totals = () => tape.store.pools.totals(tape.libraries.online().map((library) => library.id));

  return {
    list: os.pools.list.handler(({ input }) =>
      respond(() => {
        const sums = totals();
        return pageOf(
          tape.store.pools.all().map((pool) => row(pool, sums)),
          input,
          ['name', 'description'],
        );
      }),
    ),
    get: os.pools.get.handler(({ input }) =>
      respond(() => {
        const pool = tape.pools.get(input.id);
        return { ...row(pool, totals()), settings: settingsOf(services, pool) };
      }),
    ),
    create: os.pools.create.handler(({ input, context }) =>
      respond(() => ({ id: tape.pools.create(input.settings, context.who) })),
    ),
    update: os.pools.update.handler(({ input, context }) =>
      respond(() => {
        const pool = tape.pools.get(input.id);
        const also = versions.edit({
          kind: 'pool',
          id: input.id,
          title: `The media pool “${pool.name}”`,
          version: input.version,
          who: context.who,
          before: settingsOf(services, pool) ?? {},
          after: input.settings,
        });
        tape.pools.update(input.id, input.settings, context.who, also);
        return ok;
      }),
    ),
    remove: os.pools.remove.handler(({ input, context }) =>
      respond(() => {
        tape.pools.remove(input.id, context.who);
        return ok;
      }),
    ),
  };
};

function settingsOf(services: Services, pool: PoolRecord): PoolSettings | null {
  if (!pool.rules) return null;
  return {
    name: pool.name,
    description: pool.description,
    ...pool.rules,
    mediaIds: services.tape.store.media.inPools([pool.id]).map((medium) => medium.id),
  };
}

function allocationText(pool: PoolRecord): string {
  switch (pool.rules?.allocation.kind) {
    case undefined:
      return 'Not written by jobs';
    case 'continue':
      return 'Continue the current media set';
    case 'session':
      return 'New media set in every session';
    case 'schedule':
      return `New media set: ${describeSchedule(pool.rules.allocation.schedule)}`;
  }
}

function retentionText(pool: PoolRecord): string {
  switch (pool.rules?.retention.kind) {
    case undefined:
      return pool.kind === 'free' ? 'Any pool may take them' : 'Never overwritten by jobs';
    case 'forever':
      return 'Never overwrite';
    case 'overwrite':
      return 'Overwrite as needed';
    case 'for':
      return `Protect for ${pool.rules.retention.days} days`;
  }
}
