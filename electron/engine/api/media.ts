import type { MediaListRow } from '../tape/media/media-listing.ts';
import { os } from './implement.ts';
import { ok, responder } from './respond.ts';
import type { Services } from './services.ts';

export const mediaApi = (services: Services) => {
  const respond = responder(services.commits);
  const { tape, versions } = services;
  const versioned = (row: MediaListRow) => ({ ...row, version: versions.of('tape', row.id) });
  return {
    list: os.media.list.handler(({ input }) =>
      respond(() => {
        const { rows, total } = tape.mediaList.page(input);
        return { rows: rows.map(versioned), total };
      }),
    ),
    get: os.media.get.handler(({ input }) =>
      respond(() => {
        const medium = tape.media.get(input.id);
        const row = tape.mediaList.row(input.id);
        if (!row) throw new Error('The tape was removed while it was read.');
        const points = medium.tapeUuid === null ? [] : tape.store.catalogue.pointsOnTape(medium.tapeUuid);
        const members = medium.setId === null ? [] : tape.store.media.inSet(medium.setId);
        return {
          ...versioned(row),
          points: points.map((point) => ({
            pointId: point.id,
            machineName: point.machineName,
            createdAt: point.createdAt,
            kind: point.virtualFull ? 'virtual full' : point.kind,
            sizeBytes: point.sizeBytes,
          })),
          setMembers: members.map((member) => ({
            mediaId: member.id,
            barcode: member.barcode,
            sequence: member.sequence ?? 0,
          })),
        };
      }),
    ),
    candidates: os.media.candidates.handler(({ input }) =>
      respond(() => {
        const { decision, candidates, setReason } = tape.choice.explain(input.poolId);
        const barcodes = new Map(tape.store.media.all().map((medium) => [medium.id, medium.barcode]));
        return {
          decision: decision.kind === 'use' ? `${decision.reason} ${setReason}` : decision.reason,
          candidates: candidates.map(({ mediaId, usable, rank, reason }) => ({
            mediaId,
            barcode: barcodes.get(mediaId) ?? '',
            usable,
            rank,
            reason,
          })),
        };
      }),
    ),
    standing: os.media.standing.handler(({ input }) =>
      respond(() =>
        tape.choice.standingOf(tape.media.get(input.id)).map(({ pool, candidate, next }) => ({
          poolId: pool.id,
          poolName: pool.name,
          usable: candidate.usable,
          rank: candidate.rank,
          reason: candidate.reason,
          nextTape: next.text,
        })),
      ),
    ),
    moveToPool: os.media.moveToPool.handler(({ input, context }) =>
      respond(() => {
        tape.pools.moveToPool(input.mediaIds, input.poolId, context.who);
        return ok;
      }),
    ),
    setProtected: os.media.setProtected.handler(({ input, context }) =>
      respond(() => {
        tape.media.setProtected(input.mediaIds, input.protected, context.who);
        return ok;
      }),
    ),
    setName: os.media.setName.handler(({ input, context }) =>
      respond(() => {
        const { name } = tape.media.get(input.id);
        const also = versions.edit({
          kind: 'tape',
          id: input.id,
          title: `Tape ${name}`,
          version: input.version,
          who: context.who,
          before: { name },
          after: { name: input.name },
        });
        tape.media.setName(input.id, input.name, context.who, also);
        return ok;
      }),
    ),
    erase: os.media.erase.handler(({ input, context }) =>
      respond(() => ({ sessionId: tape.startErase(input, context.who) })),
    ),
    export: os.media.export.handler(({ input, context }) =>
      respond(() => ({ sessionId: tape.startExport(input.mediaIds, context.who) })),
    ),
    import: os.media.import.handler(({ input, context }) =>
      respond(() => ({ sessionId: tape.startImport(input.libraryId, context.who) })),
    ),
    forget: os.media.forget.handler(({ input, context }) =>
      respond(() => {
        tape.media.forget(input.mediaIds, input.confirm, context.who);
        return ok;
      }),
    ),
  };
};
