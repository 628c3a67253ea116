import { messageOf } from '../../../../shared/domain/message-of.ts';
import type { AllocationWant } from '../../../../shared/domain/allocation.ts';
import { DoorOpen } from '../library/attached-library.ts';
import { needsReading } from './inventory.ts';
import type { MountRequester } from '../mounting/mount-requester.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import type { MountingContext } from '../mounting/mounting-context.ts';

/**
 * For a session that would otherwise wait: imports tapes that somebody put into mail slots, and reads labels that were not
 * read yet. Each tape is tried once (`tried` remembers). Returns whether anything changed.
 */
export async function importWantedMedia(
  parts: MountingContext,
  wants: readonly Pick<AllocationWant, 'code' | 'mediaIds'>[],
  tried: Set<string>,
  requester: MountRequester,
): Promise<boolean> {
  let changed = false;
  const wanted = new Set(
    wants.filter((want) => want.code === 'import' || want.code === 'inventory').flatMap((want) => want.mediaIds),
  );
  for (const library of parts.libraries.online()) {
    for (const medium of parts.store.media.inLibrary(library.id)) {
      if (!wanted.has(medium.id) && !isNewInMailSlot(medium)) continue;
      const key = `${medium.id}@${medium.elementType}:${medium.elementAddress}`;
      if (tried.has(key) || parts.leases.userOfMedium(medium.id) !== null) continue;
      tried.add(key);
      requester.signal.throwIfAborted();
      try {
        changed = (await importOne(parts, medium, requester)) || changed;
      } catch (error) {
        requester.signal.throwIfAborted();
        // Once the door is closed it is tried again.
        if (error instanceof DoorOpen) tried.delete(key);
        else requester.log('warning', `Tape ${medium.name} could not be imported: ${messageOf(error)}`);
      }
    }
  }
  if (changed) parts.changes.publish('media', 'pools', 'libraries');
  return changed;
}

/** Put there by an operator, not by an export. */
function isNewInMailSlot(medium: MediumRecord): boolean {
  return medium.elementType === 'import-export' && medium.exportedAt === null && !medium.cleaning;
}

async function importOne(parts: MountingContext, medium: MediumRecord, requester: MountRequester): Promise<boolean> {
  const library = parts.libraries.get(medium.libraryId ?? '');
  let changed = false;
  if (isNewInMailSlot(medium) && medium.elementAddress !== null) {
    const slot = library.freeSlot();
    if (slot === undefined) {
      requester.log('warning', `Tape ${medium.name} stays in the mail slot: every slot of ${library.name} is full.`);
      return false;
    }
    await library.move(medium.elementAddress, slot, requester.signal);
    requester.log('info', `Imported tape ${medium.name} into ${library.elementName(slot)} of ${library.name}.`);
    changed = true;
  }
  const now = parts.store.media.get(medium.id);
  if (now && needsReading(parts, now) && parts.leases.hasFreeDrive(library)) {
    const mounted = await parts.mounts.mount(now.id, requester);
    const found = mounted.label.kind === 'ours' ? 'a Reelvault tape' : mounted.label.kind;
    await parts.mounts.unmount(mounted);
    requester.log('info', `Read the label of tape ${mounted.medium.name}: ${found}.`);
    changed = true;
  }
  return changed;
}
