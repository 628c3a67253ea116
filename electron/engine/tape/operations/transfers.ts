import type { LockRequest } from '../../sessions/locks.ts';
import { OperationError } from '../../errors.ts';
import type { RunningSession, Task } from '../../sessions/running-session.ts';
import type { AttachedLibrary } from '../library/attached-library.ts';
import { pastOpenDoor } from '../mounting/door-wait.ts';
import { driveKey, libraryKey, mediumKey } from '../library/drive-leases.ts';
import { needsReading, readLabels, requireOnlineMedia } from './inventory.ts';
import { untilChanged } from './media-wait.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import { failTask } from '../../sessions/fail-task.ts';
import { requesterOf } from '../mounting/mount-requester.ts';
import type { MountingContext } from '../mounting/mounting-context.ts';

/** How long an export waits for somebody to empty the mail slots. */
const mailSlotWaitMs = 8 * 3_600_000;

/** Moves tapes to the mail slots, as many at a time as there are; waits while somebody takes them out. */
export async function runExport(parts: MountingContext, mediaIds: string[], session: RunningSession): Promise<void> {
  const media = requireOnlineMedia(parts, mediaIds);
  const tasks = media.map((medium) => ({ medium, task: session.addTask(medium.name) }));
  for (const { medium, task } of tasks) {
    session.signal.throwIfAborted();
    task.start();
    try {
      await exportOne(parts, medium.id, session, task);
      task.finish('done');
    } catch (error) {
      failTask(session, task, error);
    }
    parts.changes.publish('media', 'libraries');
  }
}

async function exportOne(parts: MountingContext, mediumId: string, session: RunningSession, task: Task): Promise<void> {
  const [medium] = requireOnlineMedia(parts, [mediumId]);
  if (!medium) return;
  const library = parts.libraries.get(medium.libraryId ?? '');
  if (library.elements.every((element) => element.type !== 'import-export')) {
    throw new OperationError(
      `${library.name} has no mail slot.`,
      'Open the library and take the tape out of its slot.',
    );
  }
  const noteExport = (): void =>
    parts.store.now((work) => parts.store.media.update(work, medium.id, { exportedAt: parts.clock.now() }));
  if (medium.elementType === 'import-export') {
    noteExport();
    task.log('info', `${medium.name} is in ${library.elementName(medium.elementAddress ?? 0)} already.`);
    return;
  }
  const release = await takeElements(parts, library, medium, session);
  try {
    await pastOpenDoor(requesterOf(session, task), parts.clock, async () => {
      await waitForMailSlot(parts, library, session);
      const target = library.freeMailSlot();
      const from = await unloadIfInDrive(parts, library, medium.id);
      if (target === undefined || from === undefined)
        throw new OperationError(`${medium.name} is no longer where it was.`);
      await library.move(from, target, session.signal);
      noteExport();
      task.log('success', `${medium.name} is in ${library.elementName(target)} of ${library.name}: take it out.`);
    });
  } finally {
    release();
  }
}

async function waitForMailSlot(
  parts: MountingContext,
  library: AttachedLibrary,
  session: RunningSession,
): Promise<void> {
  const deadline = parts.clock.now() + mailSlotWaitMs;
  try {
    while (library.freeMailSlot() === undefined) {
      const left = deadline - parts.clock.now();
      if (left <= 0)
        throw new OperationError(`Nobody emptied the mail slots of ${library.name}.`, 'Empty them and export again.');
      session.setState('waiting-tape', `Every mail slot of ${library.name} is full: take the tapes out.`);
      await untilChanged(parts, ['libraries', 'media'], Math.min(left, 60_000), session.signal);
      await parts.libraries.refresh(library.id, session.signal);
    }
  } finally {
    session.setState('working');
  }
}

/** Takes the tapes in the mail slots into free slots, and reads the labels of those that are not known. */
export async function runImport(parts: MountingContext, libraryId: string, session: RunningSession): Promise<void> {
  const library = parts.libraries.get(libraryId);
  const { clock } = parts;
  await pastOpenDoor(requesterOf(session), clock, () => parts.libraries.refresh(libraryId, session.signal));
  const mailSlots = library.elements.filter((element) => element.type === 'import-export' && element.full);
  if (mailSlots.length === 0) {
    session.log('info', `No tape is in a mail slot of ${library.name}.`);
    return;
  }
  const imported: string[] = [];
  for (const element of mailSlots) {
    session.signal.throwIfAborted();
    const medium = mediumAt(parts, libraryId, element.address);
    const task = session.addTask(medium?.name ?? library.elementName(element.address));
    task.start();
    try {
      await pastOpenDoor(requesterOf(session, task), clock, async () => {
        const slot = library.freeSlot();
        if (slot === undefined) {
          throw new OperationError(`Every slot of ${library.name} is full.`, 'Export other tapes first.');
        }
        await library.move(element.address, slot, session.signal);
        task.log('success', `${medium?.name ?? 'The cartridge'} is in ${library.elementName(slot)} now.`);
      });
      if (medium) imported.push(medium.id);
      task.finish('done');
    } catch (error) {
      failTask(session, task, error);
    }
  }
  parts.changes.publish('media', 'libraries', 'pools');
  const unread = parts.store.media
    .inLibrary(libraryId)
    .filter((medium) => imported.includes(medium.id) && needsReading(parts, medium));
  await readLabels(parts, unread, session);
  parts.changes.publish('media', 'libraries', 'pools');
}

/** Moves one cartridge between two elements, as asked. */
export async function runMove(
  parts: MountingContext,
  run: { libraryId: string; from: number; to: number },
  session: RunningSession,
): Promise<void> {
  const library = parts.libraries.get(run.libraryId);
  const medium = mediumAt(parts, run.libraryId, run.from);
  const requests: LockRequest[] = [{ key: libraryKey(library.id), mode: 'shared' }];
  for (const address of [run.from, run.to]) {
    if (library.element(address)?.type === 'drive')
      requests.push({ key: driveKey(library.id, address), mode: 'exclusive' });
  }
  if (medium) requests.push({ key: mediumKey(medium.id), mode: 'exclusive' });
  const lock = parts.locks.tryAcquire(requests, session.owner);
  if ('heldBy' in lock)
    throw new OperationError(`${lock.heldBy} uses it.`, 'Wait until that session has ended, or stop it.');
  try {
    if (library.element(run.from)?.type === 'drive') await (await library.drive(run.from)).unload();
    await session.step(
      `Moved ${medium?.name ?? 'the cartridge'} from ${library.elementName(run.from)} to ${library.elementName(run.to)}`,
      () => pastOpenDoor(requesterOf(session), parts.clock, () => library.move(run.from, run.to, session.signal)),
    );
  } finally {
    lock.release();
    parts.leases.serve();
    parts.changes.publish('media', 'libraries');
  }
}

function mediumAt(parts: MountingContext, libraryId: string, address: number): MediumRecord | undefined {
  return parts.store.media.inLibrary(libraryId).find((medium) => medium.elementAddress === address);
}

async function takeElements(
  parts: MountingContext,
  library: AttachedLibrary,
  medium: MediumRecord,
  session: RunningSession,
): Promise<() => void> {
  const requests: LockRequest[] = [{ key: libraryKey(library.id), mode: 'shared' }];
  if (medium.elementType === 'drive' && medium.elementAddress !== null) {
    requests.push({ key: driveKey(library.id, medium.elementAddress), mode: 'exclusive' });
  }
  requests.push({ key: mediumKey(medium.id), mode: 'exclusive' });
  const release = await parts.locks.acquire(requests, session.owner, session.signal, (heldBy) =>
    session.log('info', `Waiting for tape ${medium.name}: ${heldBy} uses it.`),
  );
  return () => {
    release();
    parts.leases.serve();
  };
}

/** Where the tape can be taken from now. */
async function unloadIfInDrive(
  parts: MountingContext,
  library: AttachedLibrary,
  mediumId: string,
): Promise<number | undefined> {
  const medium = parts.store.media.get(mediumId);
  if (medium?.libraryId !== library.id || medium.elementAddress === null) return undefined;
  if (medium.elementType === 'drive') await (await library.drive(medium.elementAddress)).unload();
  return medium.elementAddress;
}
