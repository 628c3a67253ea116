import { formatCount } from '../../../../shared/domain/format.ts';
import { OperationError } from '../../errors.ts';
import type { RunningSession } from '../../sessions/running-session.ts';
import { pastOpenDoor } from '../mounting/door-wait.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import { failTask } from '../../sessions/fail-task.ts';
import { requesterOf } from '../mounting/mount-requester.ts';
import type { MountingContext } from '../mounting/mounting-context.ts';

export interface InventoryRun {
  libraryId: string;
  /** Absent: every tape whose label was not read yet. */
  mediaIds?: string[] | undefined;
  readLabels: boolean;
}

/** Reads the barcodes of a library, then the labels of tapes that are not known yet (or of those asked for). */
export async function runInventory(parts: MountingContext, run: InventoryRun, session: RunningSession): Promise<void> {
  const library = parts.libraries.get(run.libraryId);
  const began = parts.clock.now();
  await pastOpenDoor(requesterOf(session), parts.clock, () => parts.libraries.refresh(library.id, session.signal));
  parts.changes.publish('libraries', 'media');
  const full = library.elements.filter((element) => element.full).length;
  session.log(
    'success',
    `Read ${formatCount(library.elements.length, 'element')} of ${library.name}: ${formatCount(full, 'cartridge')}`,
    {
      durationMs: parts.clock.now() - began,
    },
  );
  logElementProblems(parts, library.id, session);
  const media = mediaToRead(parts, run);
  await readLabels(parts, media, session);
  parts.changes.publish('media', 'pools', 'libraries');
}

function mediaToRead(parts: MountingContext, run: InventoryRun): MediumRecord[] {
  const here = parts.store.media.inLibrary(run.libraryId).filter((medium) => !medium.cleaning);
  if (run.mediaIds) {
    const wanted = new Set(run.mediaIds);
    return here.filter((medium) => wanted.has(medium.id));
  }
  return run.readLabels ? here.filter((medium) => needsReading(parts, medium)) : [];
}

/** Its label was never read, or something was begun with it and cut off. */
export function needsReading(parts: Pick<MountingContext, 'store'>, medium: MediumRecord): boolean {
  if (medium.cleaning || medium.retired) return false;
  return medium.labelFormat === 'unread' || parts.store.intents.of(medium.id).length > 0;
}

/** Loads these tapes one after the other, reads their labels and puts them back. */
export async function readLabels(
  parts: MountingContext,
  media: readonly MediumRecord[],
  session: RunningSession,
): Promise<void> {
  const tasks = media.map((medium) => ({ medium, task: session.addTask(medium.name) }));
  for (const { medium, task } of tasks) {
    session.signal.throwIfAborted();
    const user = parts.leases.userOfMedium(medium.id);
    task.start();
    if (user !== null) {
      task.log('info', `Left alone: ${user} uses it.`);
      task.finish('done');
      continue;
    }
    try {
      const mounted = await parts.mounts.mount(medium.id, requesterOf(session, task));
      const text = describeReading(parts, mounted.medium);
      const slot = await parts.mounts.unmount(mounted);
      const unreadable = mounted.label.kind === 'unreadable';
      task.log(unreadable ? 'error' : 'success', `${text} Back in ${slot}.`);
      const wrong = unreadable ? text : mounted.condition ? `${medium.name}: ${mounted.condition.reason}` : null;
      task.finish(wrong === null ? 'done' : 'done-with-warnings', wrong);
    } catch (error) {
      failTask(session, task, error);
    }
  }
}

function describeReading(parts: MountingContext, medium: MediumRecord): string {
  const pool = parts.store.pools.get(medium.poolId)?.name ?? medium.poolId;
  switch (medium.labelFormat) {
    case 'none':
      return `${medium.name} is blank; it is in the pool “${pool}”.`;
    case 'foreign':
      return `${medium.name} holds ${medium.labelText ?? 'foreign data'}; it stays in the pool “${pool}”.`;
    case 'ours': {
      const set = medium.setId === null ? undefined : parts.store.pools.set(medium.setId);
      const place = set ? `tape ${medium.sequence} of media set “${set.name}”` : 'labelled, in no media set';
      return `${medium.name} is ${place}, in the pool “${pool}”.`;
    }
    default:
      return `${medium.name} could not be read.`;
  }
}

function logElementProblems(parts: MountingContext, libraryId: string, session: RunningSession): void {
  const library = parts.libraries.get(libraryId);
  const seen = new Set<string>();
  for (const element of library.elements) {
    if (element.exception) {
      session.log('warning', `${library.elementName(element.address)}: ${element.exception}`, {
        advice: 'Check the library.',
      });
    }
    if (!element.full) continue;
    if (!element.barcode) {
      session.log('warning', `${library.elementName(element.address)}: the cartridge has no readable barcode.`, {
        advice: 'It can be used, but is told apart only by its label. Put a barcode label on it.',
      });
    } else if (seen.has(element.barcode)) {
      session.log('warning', `Barcode ${element.barcode} is on more than one cartridge.`, {
        advice: 'Give each cartridge its own barcode; until then only their labels tell them apart.',
      });
    }
    if (element.barcode) seen.add(element.barcode);
  }
}

/** Checked before a session exists. */
export function requireOnlineMedia(parts: MountingContext, mediaIds: readonly string[]): MediumRecord[] {
  return mediaIds.map((id) => {
    const medium = parts.store.media.get(id);
    if (!medium) throw new OperationError('This tape is not known any more.', null, { kind: 'not-found' });
    const library = medium.libraryId === null ? undefined : parts.libraries.find(medium.libraryId);
    if (!library?.online) {
      const last = medium.lastPlace ? ` It was last seen in ${medium.lastPlace}.` : '';
      throw new OperationError(`Tape ${medium.name} is offline.${last}`, 'Bring it into a library first.', {
        kind: 'unavailable',
      });
    }
    return medium;
  });
}
