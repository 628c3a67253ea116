import { formatCount } from '../../../../shared/domain/format.ts';
import { positionForAppend } from '../archive/position-for-append.ts';
import { readPreviousCatalogues } from '../archive/scan.ts';
import { knowsSession, registerAll } from '../catalogue/cataloguing.ts';
import type { MountedTape } from '../mounting/tape-mounts.ts';
import type { WritableTape, WritingContext } from './writing-context.ts';

/**
 * Positions a tape of the set `setId` behind what is committed on it; what the database did not know of it is taken over
 * first. Undefined when the tape turned out unfit, which the database now knows.
 */
export async function continueTape(
  { services, session, requester }: WritingContext,
  mounted: MountedTape,
  setId: string | undefined,
): Promise<WritableTape | undefined> {
  const { store } = services;
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const medium = store.media.get(mounted.medium.id) ?? mounted.medium;
    const set = medium.setId === null ? undefined : store.pools.set(medium.setId);
    const state = store.media.tapeState(medium.id);
    if (!state || !set || set.id !== setId || medium.writeProtected || medium.full) return undefined;
    const position = await positionForAppend(mounted.drive, state, {
      signal: session.signal,
      worm: medium.worm,
      knowsSession: (uuid) => knowsSession(services, uuid),
    });
    if (position.ok === true) return { mounted, medium, state, set };
    if (position.ok === 'adopt') {
      const previous = await readPreviousCatalogues(mounted.drive, session.signal);
      const found = registerAll(services, position.catalogue, previous, medium);
      const count = formatCount(found.newPoints, 'restore point');
      requester.log('warning', `${position.reason} They were added to the catalogue: ${count}.`, { isPassing: true });
      services.changes.publish('backups', 'media');
      continue;
    }
    store.now((work) => store.media.update(work, medium.id, { suspectReason: position.reason }));
    requester.log('error', `${position.reason} Nothing was written on it.`, {
      advice: 'Catalogue the tape to learn what it holds now.',
    });
    services.changes.publish('media', 'pools');
    return undefined;
  }
  return undefined;
}
