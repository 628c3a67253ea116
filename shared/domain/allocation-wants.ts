/** What an administrator can do so that a waiting job finds a tape, most useful first. Pure. */
import type { AllocationRequest, AllocationWant, Candidate, CandidateCode, WantCode } from './allocation-types.ts';
import { describeLocation, type MediaFacts, mediaName, protectionEndsAt } from './media.ts';

const mostNamed = 5;

/** Never empty: a new tape can always be asked for. Nothing that would lose protected data is ever proposed. */
export function whatWouldDo(request: AllocationRequest, candidates: readonly Candidate[]): AllocationWant[] {
  const media = new Map(request.media.map((tape) => [tape.mediaId, tape]));
  const libraryNames = new Map(request.libraries.map((library) => [library.libraryId, library.name]));
  const having = (...codes: CandidateCode[]): MediaFacts[] =>
    candidates.filter((entry) => codes.includes(entry.code)).map((entry) => media.get(entry.mediaId)!);
  const wants: AllocationWant[] = [];
  const add = (code: WantCode, tapes: readonly MediaFacts[], text: (names: string) => string): void => {
    if (tapes.length > 0) wants.push({ code, text: text(named(tapes)), mediaIds: tapes.map((tape) => tape.mediaId) });
  };

  add('import', having('in-mail-slot'), (names) => `Import from the mail slots: ${names}.`);
  const outside = having('offline');
  add(
    'bring-in',
    outside,
    () => `Bring in one of: ${named(outside, (tape) => describeLocation(tape.location, { libraries: libraryNames }))}.`,
  );
  add(
    'library',
    having('library-offline', 'no-drive'),
    (names) => `Bring the library or its drives back; it holds ${names}.`,
  );
  add(
    'write-protect-switch',
    having('write-protected'),
    (names) => `Slide the write-protect switch back and inventory: ${names}.`,
  );
  const unread = candidates
    .filter((entry) => entry.code === 'unread')
    .map((entry) => media.get(entry.mediaId)!)
    .filter(
      (tape) => tape.labelFormat === 'unread' && tape.location.kind !== 'offline' && tape.location.kind !== 'vault',
    );
  add('inventory', unread, (names) => `Inventory what is in the library and not read yet: ${names}.`);
  add(
    'in-use',
    having('in-use').filter((tape) => tape.poolId === request.pool.poolId),
    (names) => `Wait until ${names} is free again.`,
  );
  add(
    'replenish',
    having('replenish-off'),
    (names) => `Let ${request.pool.name} replenish from Free; there is ${names}.`,
  );
  add('take-blank', having('blank-off'), (names) => `Put into ${request.pool.name}: ${names}.`);
  const next = nextToExpire(request, having('unexpired'));
  if (next)
    wants.push({
      code: 'expiry',
      text: `${mediaName(next.media)} may be overwritten from ${new Date(next.at).toISOString().slice(0, 10)} on.`,
      mediaIds: [next.media.mediaId],
    });
  wants.push({
    code: 'add-tape',
    text: `Load a new tape, inventory it and put it into ${request.pool.name}${request.pool.replenishFromFree ? ' or Free' : ''}.`,
    mediaIds: [],
  });
  return wants;
}

function nextToExpire(
  request: AllocationRequest,
  tapes: readonly MediaFacts[],
): { media: MediaFacts; at: number } | null {
  const dated = tapes.flatMap((media) => {
    const { at } = protectionEndsAt(media, request.pool);
    return at === null || at <= request.now || at > 8.64e15 ? [] : [{ media, at }];
  });
  return dated.sort((a, b) => a.at - b.at)[0] ?? null;
}

function named(tapes: readonly MediaFacts[], where?: (tape: MediaFacts) => string): string {
  const shown = tapes
    .slice(0, mostNamed)
    .map((tape) => (where ? `${mediaName(tape)} (${where(tape)})` : mediaName(tape)));
  const rest = tapes.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
