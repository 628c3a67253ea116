/**
 * The one allocator: which tape is written next, and for every other tape why not. Pure. It serves the job, the
 * "next tape" column, "why not this tape?", wizard previews and forecasts, so that all of them say the same.
 *
 * Order: the open tape of the set, an empty tape of the pool, an expired one (oldest first), one from Free, a blank one
 * if the pool takes them; all of these in the pool's first library, then in the next; then waiting. It never takes a tape
 * that no library holds now, or one that is foreign, protected, unexpired, write-protected, suspect, damaged, retired or
 * a cleaning tape.
 */
import type { Allocation, AllocationRequest, Candidate, TapeAction } from './allocation-types.ts';
import { whatWouldDo } from './allocation-wants.ts';
import { freeBytes, isOnline, type MediaFacts, mediaName } from './media.ts';
import { shouldStartNewSet } from './media-set.ts';
import { isUsable, type RatedTape, rateTapes, tiers, type UsableTape } from './tape-fitness.ts';

export type * from './allocation-types.ts';

/** Chooses the tape to write next. */
export function allocate(request: AllocationRequest): Allocation {
  const policy = shouldStartNewSet(request.pool, request.set, request.now, request.sessionStart, request.timeZone);
  let setReason = policy.reason;
  let newSet = policy.startNew;
  let rated = rateTapes(request, newSet);
  if (!newSet) {
    const lost = setCannotGoOn(request, rated);
    if (lost) {
      newSet = true;
      setReason = lost;
      rated = rateTapes(request, true);
    } else if (!rated.some((entry) => entry.tier !== null)) {
      // A pool whose tapes are all used up goes round: the old set ends, and its oldest tape begins the next one.
      const round = rateTapes(request, true);
      if (round.some((entry) => entry.tier !== null)) {
        newSet = true;
        setReason = 'No further tape can be had for the media set, so a new set begins on a tape of the old one.';
        rated = round;
      }
    }
  }
  const preferred = libraryOrder(request);
  const usable = rated.filter(isUsable).sort((a, b) => compareRated(a, b, preferred, request.lastWrittenMediaId));
  const candidates: Candidate[] = [
    ...usable.map((entry, index) => ({ ...entry.candidate, rank: index + 1 })),
    ...rated.filter((entry) => entry.tier === null).map((entry) => entry.candidate),
  ];
  const availableBytes = usable.reduce((sum, { media, action }) => sum + roomFor(media, action), 0);
  const best = usable[0];
  if (best)
    return {
      decision: {
        kind: 'use',
        mediaId: best.media.mediaId,
        mediaUuid: best.media.uuid,
        barcode: best.media.barcode,
        action: best.action,
        newSet,
        code: best.candidate.code,
        reason: best.candidate.reason,
      },
      candidates,
      setReason,
      availableBytes,
    };
  const wants = whatWouldDo(request, candidates);
  return {
    decision: { kind: 'wait', wants, newSet, reason: `No tape for ${request.pool.name}: ${wants[0]!.text}` },
    candidates,
    setReason,
    availableBytes,
  };
}

/** What a job on the pool would take if it began now, in one line and a reason: for lists and previews. */
export function nextTapeFor(request: Omit<AllocationRequest, 'sessionStart' | 'sessionId' | 'lastWrittenMediaId'>): {
  text: string;
  reason: string;
  mediaId: string | null;
} {
  const { decision, setReason } = allocate({ ...request, sessionStart: request.now });
  if (decision.kind === 'wait') return { text: 'No tape', reason: decision.reason, mediaId: null };
  const media = request.media.find((tape) => tape.mediaId === decision.mediaId)!;
  return { text: mediaName(media), reason: `${decision.reason} ${setReason}`, mediaId: media.mediaId };
}

/**
 * How many tapes of `capacityBytes` hold `bytes`, with `overhead` as a share on top (labels, catalogues, slack).
 * @throws RangeError for a capacity that holds nothing.
 */
export function tapesNeeded(bytes: number, capacityBytes: number, overhead = 0.01): number {
  if (!(capacityBytes > 0)) throw new RangeError('A tape has to have room.');
  return Math.ceil((Math.max(0, bytes) * (1 + overhead)) / capacityBytes);
}

/**
 * A set that goes on in a new session needs the tape it is appended to, and everything that its points build on. When the
 * one is out of reach or the other cannot be trusted, a new set begins; why, or null.
 */
function setCannotGoOn(request: AllocationRequest, rated: readonly RatedTape[]): string | null {
  const { set } = request;
  if (set === null || request.lastWrittenMediaId || set.startedAt >= request.sessionStart) return null;
  const ofSet = rated.filter((entry) => entry.media.setId === set.setId);
  const bad = ofSet.find(({ candidate }) => candidate.code === 'damaged' || candidate.code === 'suspect');
  if (bad) return `A new media set begins because a tape of the old one, ${mediaName(bad.media)}, cannot be relied on.`;
  const open = ofSet.filter(({ media, candidate }) => !media.full && candidate.code !== 'no-room');
  if (open.length === 0 || open.some((entry) => isUsable(entry) || entry.candidate.code === 'in-use')) return null;
  const { media, candidate } = open[0]!;
  return `A new media set begins because the tape to append to, ${mediaName(media)}, cannot be used: ${candidate.reason}`;
}

function compareRated(
  a: UsableTape,
  b: UsableTape,
  libraries: LibraryOrder,
  lastWrittenMediaId: string | null | undefined,
): number {
  const append = Number(b.tier === tiers.append) - Number(a.tier === tiers.append);
  if (append !== 0) return append;
  return (
    Number(b.media.mediaId === lastWrittenMediaId) - Number(a.media.mediaId === lastWrittenMediaId) ||
    libraries(a.media) - libraries(b.media) ||
    a.tier - b.tier ||
    (a.tier === tiers.append ? (freeBytes(b.media) ?? 0) - (freeBytes(a.media) ?? 0) : 0) ||
    (a.tier === tiers.expired ? (a.media.lastWrittenAt ?? 0) - (b.media.lastWrittenAt ?? 0) : 0) ||
    // A tape that is in a drive already saves a move; then wear is spread.
    Number(b.media.location.kind === 'drive') - Number(a.media.location.kind === 'drive') ||
    (a.media.writeCount ?? 0) - (b.media.writeCount ?? 0) ||
    byBarcode(a.media, b.media)
  );
}

type LibraryOrder = (media: MediaFacts) => number;

/** The pool's order of libraries; where it has none, the library that is being written comes first. */
function libraryOrder(request: AllocationRequest): LibraryOrder {
  const { libraryIds } = request.pool;
  if (libraryIds.length > 0) return (media) => libraryIds.indexOf(libraryOf(media) ?? '');
  const last = request.media.find((tape) => tape.mediaId === request.lastWrittenMediaId);
  return (media) => (last === undefined || libraryOf(media) === libraryOf(last) ? 0 : 1);
}

function libraryOf(media: MediaFacts): string | null {
  return isOnline(media) && 'libraryId' in media.location ? media.location.libraryId : null;
}

function roomFor(media: MediaFacts, action: TapeAction): number {
  return action === 'append' ? (freeBytes(media) ?? 0) : (media.capacityBytes ?? 0);
}

function byBarcode(a: MediaFacts, b: MediaFacts): number {
  const left = a.barcode ?? '';
  const right = b.barcode ?? '';
  if (left !== right) return left < right ? -1 : 1;
  return a.mediaId < b.mediaId ? -1 : a.mediaId > b.mediaId ? 1 : 0;
}
