import { formatCount } from '../../../../shared/domain/format.ts';
import { durableStep } from '../../faults/fault-points.ts';
import { OperationError } from '../../errors.ts';
import type { RunningSession, Task } from '../../sessions/running-session.ts';
import { readTapeLabel } from '../archive/label.ts';
import { requireOnlineMedia } from './inventory.ts';
import { markGone } from '../media/label-facts.ts';
import type { MountedTape } from '../mounting/tape-mounts.ts';
import { freePoolId, type MediumRecord } from '../store/tape-records.ts';
import { failTask } from '../../sessions/fail-task.ts';
import { requesterOf } from '../mounting/mount-requester.ts';
import type { MountingContext } from '../mounting/mounting-context.ts';

export interface EraseRun {
  mediaIds: string[];
  /** What was typed: the barcode of the one tape, or ERASE for several. */
  confirm: string;
  /** Overwrite the whole tape (hours on hardware) instead of only marking its beginning as the end. */
  long: boolean;
}

/** Refuses what may not be erased, before anything moves. Throws OperationError. */
export function checkErase(parts: MountingContext, run: EraseRun): MediumRecord[] {
  const media = requireOnlineMedia(parts, run.mediaIds);
  for (const medium of media) {
    const refuse = (why: string, advice: string): never => {
      throw new OperationError(`Tape ${medium.name} cannot be erased: ${why}`, advice);
    };
    if (medium.protectedByAdmin) refuse('it is protected.', 'Remove the protection first.');
    if (medium.writeProtected) refuse('it is write-protected.', 'Slide its switch back, then inventory it.');
    if (medium.worm) refuse('it is a WORM tape.', 'WORM tapes keep what is written on them.');
    if (medium.cleaning) refuse('it is a cleaning cartridge.', 'Choose another tape.');
    const user = parts.leases.userOfMedium(medium.id);
    if (user !== null) refuse(`${user} uses it.`, 'Wait until that session has ended, or stop it.');
  }
  const [only] = media;
  const wanted = media.length === 1 ? only?.barcode || only?.name : 'ERASE';
  if (run.confirm !== wanted) {
    const points = media.reduce(
      (sum, medium) => sum + (medium.tapeUuid === null ? 0 : parts.store.catalogue.countOnTape(medium.tapeUuid)),
      0,
    );
    const lost = points > 0 ? ` ${formatCount(points, 'restore point')} on it can then not be restored any more.` : '';
    throw new OperationError(
      `Erasing destroys everything on ${media.length === 1 ? `tape ${only?.name}` : `${media.length} tapes`}.${lost}`,
      `Type ${wanted} to confirm.`,
      { kind: 'confirm', field: 'confirm' },
    );
  }
  return media;
}

/** Erases tapes one after the other; each is then blank and in the pool Free. */
export async function runErase(
  parts: MountingContext,
  run: EraseRun,
  who: string,
  session: RunningSession,
): Promise<void> {
  const media = checkErase(parts, run);
  const tasks = media.map((medium) => ({ medium, task: session.addTask(medium.name) }));
  for (const { medium, task } of tasks) {
    session.signal.throwIfAborted();
    task.start();
    try {
      const mounted = await parts.mounts.mount(medium.id, requesterOf(session, task));
      try {
        await eraseMounted(parts, mounted, medium, run.long, session, task);
        parts.audit(
          who,
          run.long ? 'media.erase-long' : 'media.erase',
          `${medium.name} (${medium.tapeUuid ?? 'no label'})`,
        );
        await parts.store.flushed();
      } finally {
        if (session.signal.aborted) parts.mounts.release(mounted);
        else await parts.mounts.unmount(mounted);
      }
      task.finish('done');
    } catch (error) {
      failTask(session, task, error);
    }
    parts.changes.publish('media', 'pools', 'backups');
  }
}

async function eraseMounted(
  parts: MountingContext,
  mounted: MountedTape,
  confirmed: MediumRecord,
  long: boolean,
  session: RunningSession,
  task: Task,
): Promise<void> {
  const { store, clock } = parts;
  const now = store.media.get(mounted.medium.id);
  // The confirmation was for what was known of this tape: if its label says otherwise, it was for another one.
  if (!now || now.id !== confirmed.id || now.tapeUuid !== confirmed.tapeUuid) {
    throw new OperationError(
      `Tape ${confirmed.name} is not the tape that was expected, so it was not erased.`,
      'Check what it is now, then decide again.',
    );
  }
  if (now.protectedByAdmin || now.writeProtected || now.worm) {
    throw new OperationError(`Tape ${now.name} is protected, so it was not erased.`, 'Remove the protection first.');
  }
  const began = clock.now();
  const intent = await store.durably((work) =>
    store.intents.begin(work, { kind: 'erase', mediumId: now.id }, session.id, began),
  );
  await store.durably((work) => {
    const set = now.setId === null ? undefined : store.pools.set(now.setId);
    if (set?.closedAt !== null) return;
    store.pools.updateSet(work, set.id, { closedAt: clock.now(), closedReason: `tape ${now.name} was erased` });
  });
  const lost = await markGone(store, now);
  if (lost > 0) task.log('info', `Gone from the catalogue with it: ${formatCount(lost, 'restore point')}.`);
  await mounted.drive.rewind(session.signal);
  await durableStep('tape.erase', now.barcode, () => mounted.drive.erase(long, session.signal));
  const label = await readTapeLabel(mounted.drive, session.signal);
  if (label.kind !== 'blank') {
    throw new OperationError(
      `Tape ${now.name} still shows data after it was erased.`,
      'The drive or the cartridge is at fault: try another drive, or retire the tape.',
    );
  }
  await store.durably((work) => {
    store.media.update(work, now.id, {
      labelFormat: 'none',
      labelReadAt: clock.now(),
      poolId: freePoolId,
      damagedReason: null,
    });
    store.intents.settle(work, intent);
  });
  task.log('success', `Erased ${now.name}; it is in the pool Free now.`, { durationMs: clock.now() - began });
}
