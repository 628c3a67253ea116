/** Whether one tape may be written now, as what, and if not why. Pure; the allocator ranks what is left. */
import type { AllocationRequest, Candidate, CandidateCode, TapeAction } from './allocation-types.ts';
import {
  freeBytes,
  type MediaFacts,
  mediaName,
  type MediaState,
  mediaState,
  type PoolFacts,
  protectionEndsAt,
  servicePool,
} from './media.ts';

/** A tape with what the allocator thinks of it. */
export interface RatedTape {
  media: MediaFacts;
  candidate: Candidate;
  /** Place in the order of preference (see `tiers`); null when the tape cannot be taken. */
  tier: number | null;
  action: TapeAction;
}

export interface UsableTape extends RatedTape {
  tier: number;
}

/** The order of preference. */
export const tiers = { append: 0, empty: 1, expired: 2, free: 3, blank: 4 } as const;

export function isUsable(entry: RatedTape): entry is UsableTape {
  return entry.tier !== null;
}

/** Rates every tape for writing on in the set (`newSet` false) or for beginning a new one. */
export function rateTapes(request: AllocationRequest, newSet: boolean): RatedTape[] {
  const sets = setFacts(request);
  const pools = new Map<string, PoolFacts>(
    [
      servicePool('free'),
      servicePool('unrecognized'),
      servicePool('imported'),
      servicePool('retired'),
      ...(request.otherPools ?? []),
      request.pool,
    ].map((pool) => [pool.poolId, pool]),
  );
  return request.media.map((media) => {
    const set = media.setId === null ? undefined : sets.get(media.setId);
    const ending = newSet && media.setId !== null && media.setId === request.set?.setId;
    const known: MediaFacts = {
      ...media,
      setLastWrittenAt: Math.max(media.setLastWrittenAt ?? 0, set?.lastWrittenAt ?? 0) || null,
      setClosedAt: ending ? (media.setClosedAt ?? request.now) : media.setClosedAt,
      usedBy: media.usedBySessionId && media.usedBySessionId === request.sessionId ? null : media.usedBy,
    };
    return rate(known, request, newSet, pools, set);
  });
}

interface SetSummary {
  lastWrittenAt: number;
  /** A tape of it that an administrator has protected. */
  protectedBy: MediaFacts | null;
  /** The latest end of protection of any of its tapes that others need; null: never. */
  endsAt: number | null;
}

/** A set stands or falls as one: points on one of its tapes build on points on another. */
function setFacts(request: AllocationRequest): Map<string, SetSummary> {
  const sets = new Map<string, SetSummary>();
  for (const media of request.media) {
    if (media.setId === null || media.poolId !== request.pool.poolId) continue;
    const set = sets.get(media.setId) ?? { lastWrittenAt: 0, protectedBy: null, endsAt: 0 };
    set.lastWrittenAt = Math.max(set.lastWrittenAt, media.lastWrittenAt ?? 0);
    if (media.protectedByAdmin) set.protectedBy = media;
    else if (media.committedFiles > 0) {
      const { at } = protectionEndsAt(media, request.pool);
      set.endsAt = at === null || set.endsAt === null ? null : Math.max(set.endsAt, at);
    }
    sets.set(media.setId, set);
  }
  return sets;
}

function rate(
  media: MediaFacts,
  request: AllocationRequest,
  newSet: boolean,
  pools: Map<string, PoolFacts>,
  set: SetSummary | undefined,
): RatedTape {
  const { state, reason } = mediaState(media, pools.get(media.poolId) ?? null, request.now);
  const refuse = (code: CandidateCode, why: string): RatedTape => ({
    media,
    candidate: { mediaId: media.mediaId, usable: false, rank: null, code, reason: why, state },
    tier: null,
    action: 'append',
  });
  const fit = fitness(media, state, request, newSet, pools, set);
  if ('refused' in fit) return refuse(fit.refused, fit.reason ?? reason);
  if (media.writeProtected) {
    const why = 'Its write-protect switch is on. Slide it back and inventory the tape.';
    return refuse('write-protected', why);
  }
  const place = placeProblem(media, request);
  if (place) return refuse(place.code, place.reason);
  return {
    media,
    candidate: { mediaId: media.mediaId, usable: true, rank: null, code: fit.tier, reason: fit.reason, state },
    tier: tiers[fit.tier],
    action: fit.action,
  };
}

type Fitness =
  | { refused: CandidateCode; reason?: string }
  | { tier: keyof typeof tiers; action: TapeAction; reason: string };

/** Whether the tape's contents and pool let it be written, wherever it is. */
function fitness(
  media: MediaFacts,
  state: MediaState,
  request: AllocationRequest,
  newSet: boolean,
  pools: Map<string, PoolFacts>,
  set: SetSummary | undefined,
): Fitness {
  const { pool } = request;
  if (state === 'cleaning' || state === 'retired' || state === 'damaged' || state === 'suspect' || state === 'foreign')
    return { refused: state };
  const own = media.poolId === pool.poolId;
  const home = pools.get(media.poolId);
  if (!own && home?.kind !== 'free' && home?.kind !== 'unrecognized')
    return home?.kind === 'imported'
      ? { refused: 'imported', reason: 'It is in Imported: jobs read it and never write it.' }
      : { refused: 'other-pool', reason: `It belongs to the pool ${home?.name ?? media.poolId}.` };
  if (state === 'in-use') return { refused: 'in-use' };
  if (state === 'unknown') return { refused: 'unread' };
  if (media.worm !== (pool.worm ?? false))
    return media.worm
      ? { refused: 'worm', reason: 'It is a WORM tape, and the pool takes none.' }
      : { refused: 'not-worm', reason: 'It is no WORM tape, and the pool takes only those.' };
  if (media.protectedByAdmin) return { refused: 'protected', reason: 'An administrator has protected it.' };
  switch (state) {
    case 'open':
      if (newSet || media.setId !== request.set?.setId)
        return { refused: 'other-set', reason: 'It belongs to another open media set.' };
      if (freeBytes(media) === 0) return { refused: 'no-room', reason: 'There is no room left on it.' };
      return { tier: 'append', action: 'append', reason: 'It is the open tape of the media set.' };
    case 'empty':
      return {
        tier: 'empty',
        action: media.labelFormat === 'ours' ? 'start' : 'label',
        reason: `It is empty and belongs to ${pool.name}.`,
      };
    case 'expired':
      return expiredFitness(media, request, newSet, set);
    case 'free':
      if (!pool.replenishFromFree && !own)
        return { refused: 'replenish-off', reason: `It is in Free, and ${pool.name} does not replenish from there.` };
      if (media.worm && media.committedFiles > 0)
        return { refused: 'worm', reason: 'It is a WORM tape that holds data.' };
      return {
        tier: 'free',
        action: media.labelFormat === 'none' ? 'label' : media.committedFiles > 0 ? 'overwrite' : 'start',
        reason: `It is in Free, from where ${pool.name} replenishes.`,
      };
    case 'blank':
      return pool.takeBlank
        ? { tier: 'blank', action: 'label', reason: `It is blank, and ${pool.name} takes blank tapes.` }
        : { refused: 'blank-off', reason: `It is blank, but ${pool.name} does not take blank tapes by itself.` };
    default:
      return { refused: 'unexpired' };
  }
}

function expiredFitness(
  media: MediaFacts,
  request: AllocationRequest,
  newSet: boolean,
  set: SetSummary | undefined,
): Fitness {
  if (media.mediaId === request.lastWrittenMediaId || (media.lastWrittenAt ?? 0) >= request.sessionStart)
    return { refused: 'written-now', reason: 'This very session has written it.' };
  if (!newSet && media.setId !== null && media.setId === request.set?.setId)
    return { refused: 'in-current-set', reason: 'It holds earlier data of the media set that is being written.' };
  if (media.neededByOthers !== false) {
    if (set?.protectedBy)
      return {
        refused: 'set-protected',
        reason: `An administrator has protected ${mediaName(set.protectedBy)}, a tape of the same media set.`,
      };
    if (set && (set.endsAt === null || set.endsAt > request.now))
      return { refused: 'unexpired', reason: 'Another tape of its media set is still protected, and builds on it.' };
  }
  return {
    tier: 'expired',
    action: 'overwrite',
    reason: 'Its protection has ended; of such tapes the one written longest ago is taken first.',
  };
}

/** What about the tape's place keeps it from being written. */
function placeProblem(media: MediaFacts, request: AllocationRequest): { code: CandidateCode; reason: string } | null {
  const { location } = media;
  if (location.kind === 'vault') return { code: 'offline', reason: 'It could be used, but it is in a vault.' };
  if (location.kind === 'offline') return { code: 'offline', reason: 'It could be used, but no library holds it now.' };
  if (media.exported) return { code: 'exported', reason: 'It was exported and waits to be taken out.' };
  if (location.kind === 'import-export')
    return { code: 'in-mail-slot', reason: 'It could be used, but it is in a mail slot: import it.' };
  const { libraryIds } = request.pool;
  if (libraryIds.length > 0 && !libraryIds.includes(location.libraryId))
    return { code: 'library-not-in-pool', reason: 'It is in a library that the pool does not use.' };
  const library = request.libraries.find((entry) => entry.libraryId === location.libraryId);
  if (!library?.online)
    return { code: 'library-offline', reason: `Its library ${library?.name ?? location.libraryId} cannot be reached.` };
  if (library.usableDrives < 1)
    return { code: 'no-drive', reason: `Its library ${library.name} has no drive that could write it.` };
  return null;
}
