import { formatCount } from '../../../../shared/domain/format.ts';
import { OperationError } from '../../errors.ts';
import type { RunningSession, Task } from '../../sessions/running-session.ts';
import { type TapeCatalogue, tapeRecordBytes } from '../archive/documents.ts';
import { catalogueTape, readPreviousCatalogues } from '../archive/scan.ts';
import { closingReason, noteReplaced, registerCatalogue, type RegisteredCatalogue } from './catalogue-registration.ts';
import type { MountedTape } from '../mounting/tape-mounts.ts';
import type { MediumRecord, TapePointRecord } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';
import { failTask } from '../../sessions/fail-task.ts';
import { requesterOf } from '../mounting/mount-requester.ts';
import type { MountingContext } from '../mounting/mounting-context.ts';

export interface CatalogRun {
  libraryId: string;
  /** Absent: every tape that is not catalogued yet. */
  mediaIds?: string[] | undefined;
}

/**
 * Reads the catalogues on tapes into the database: from the end of each tape where one stands whole, else from the start
 * of every tape file. A tape carries the catalogues of those before it in its set, so that those need no reading.
 */
export async function runCatalog(parts: MountingContext, run: CatalogRun, session: RunningSession): Promise<void> {
  await parts.libraries.refresh(run.libraryId, session.signal);
  const here = parts.store.media.inLibrary(run.libraryId).filter((medium) => !medium.cleaning);
  const wanted = run.mediaIds
    ? here.filter((medium) => run.mediaIds?.includes(medium.id))
    : here.filter((medium) => isUncatalogued(medium));
  if (wanted.length === 0) {
    session.log('info', 'Every tape here is catalogued already.');
    return;
  }
  // The last tape of a set knows the most.
  const ordered = [...wanted].sort((a, b) => (b.sequence ?? 0) - (a.sequence ?? 0));
  const tasks = ordered.map((medium) => ({ medium, task: session.addTask(medium.name) }));
  for (const { medium, task } of tasks) {
    session.signal.throwIfAborted();
    task.start();
    const now = parts.store.media.get(medium.id);
    if (!run.mediaIds && now && !isUncatalogued(now)) {
      task.log('info', 'Described by the catalogue on a later tape of its set.');
      task.finish('done');
      continue;
    }
    try {
      const mounted = await parts.mounts.mount(medium.id, requesterOf(session, task));
      try {
        await catalogMounted(parts, mounted, session, task, run.mediaIds !== undefined);
      } finally {
        if (session.signal.aborted) parts.mounts.release(mounted);
        else await parts.mounts.unmount(mounted);
      }
    } catch (error) {
      failTask(session, task, error);
    }
    parts.changes.publish('media', 'pools', 'backups');
  }
}

function isUncatalogued(medium: MediumRecord): boolean {
  if (medium.labelFormat === 'unread') return true;
  return medium.labelFormat === 'ours' && (medium.cataloguedAt === null || medium.suspectReason !== null);
}

async function catalogMounted(
  parts: MountingContext,
  mounted: MountedTape,
  session: RunningSession,
  task: Task,
  again: boolean,
): Promise<void> {
  const { label, medium, drive } = mounted;
  if (label.kind !== 'ours' || !label.set) {
    const what =
      label.kind === 'blank'
        ? 'is blank'
        : label.kind === 'ours'
          ? 'is labelled, but belongs to no media set'
          : `holds ${label.description}`;
    if (label.kind === 'ours') {
      const { store, clock } = parts;
      store.now((work) => store.media.update(work, medium.id, { cataloguedAt: clock.now() }));
    }
    if (label.kind === 'unreadable') {
      throw new OperationError(
        `${medium.name} could not be catalogued: its label cannot be read, so nothing on it is known.`,
        'Clean the drive and try another one; if the label stays unreadable, see the guide on tapes without Reelvault.',
      );
    }
    if (label.kind === 'foreign') {
      const message = `${medium.name} ${what}: nothing on it was catalogued.`;
      task.log('warning', message, { advice: 'If it was written by Reelvault, its beginning is damaged.' });
      return task.finish('done-with-warnings', message);
    }
    const doubt = mounted.condition?.reason;
    task.log(doubt === undefined ? 'info' : 'warning', `${medium.name} ${what}: there is nothing to catalogue.`);
    task.finish(doubt === undefined ? 'done' : 'done-with-warnings', doubt ?? null);
    return;
  }
  if (!again && medium.cataloguedAt !== null && medium.suspectReason === null) {
    task.log('info', `${medium.name} is described by the catalogue on a later tape of its set.`);
    task.finish('done');
    return;
  }
  const { signal } = session;
  const began = parts.clock.now();
  const catalogue = await catalogueTape(drive, {
    signal,
    onProgress: ({ block, endOfDataBlock }) =>
      task.progress({ processedBytes: block * tapeRecordBytes, totalBytes: endOfDataBlock * tapeRecordBytes }),
  });
  const previous = await readPreviousCatalogues(drive, signal);
  const knownBefore = pointsRecordedOn(parts.store, catalogue.tape.uuid);
  const registered = registerAll(parts, catalogue, previous, medium);
  task.log(
    'success',
    `${medium.name}: ${formatCount(catalogue.sessions.length, 'session')}, ${formatCount(registered.newPoints, 'restore point')} added, ${registered.knownPoints} known.`,
    { durationMs: parts.clock.now() - began },
  );
  if (registered.gonePoints > 0) {
    const left = formatCount(registered.gonePoints, 'restore point');
    task.log('info', `${left} of its media set left out: tapes that they need were overwritten or erased since.`);
  }
  const closing = closingReason(catalogue, medium, (uuid) => knowsSession(parts, uuid));
  if (closing !== null) task.log('info', `${medium.name} takes no more sessions. ${closing}`);
  const missing = pointsNotListed(knownBefore, catalogue);
  for (const point of missing) {
    const when = new Date(point.createdAt).toISOString();
    task.log('warning', `${medium.name}: the restore point of ${point.machineName} of ${when} is not on it any more.`);
  }
  for (const problem of catalogue.problems) {
    task.log('warning', `${medium.name}: ${problem}`, {
      advice: 'What is listed as restorable was read whole; anything behind the damage is not listed.',
    });
  }
  const wrong = [
    ...(mounted.condition ? [mounted.condition.reason] : []),
    ...catalogue.problems,
    ...(missing.length > 0 ? [`${formatCount(missing.length, 'restore point')} known here are not on it.`] : []),
  ];
  task.finish(
    wrong.length === 0 ? 'done' : 'done-with-warnings',
    wrong[0] === undefined ? null : `${medium.name}: ${wrong[0]}`,
  );
}

/** Points that the database knows, whose POINT file is on this tape. */
function pointsRecordedOn(store: TapeStore, tapeUuid: string): TapePointRecord[] {
  return store.catalogue.pointsOnTape(tapeUuid).filter(({ id, recordTapeUuid }) => {
    // Where no tape is named, it stands behind the last slice.
    const recordTape = recordTapeUuid ?? store.catalogue.partSummaries(id).at(-1)?.tapeUuid;
    return recordTape === tapeUuid;
  });
}

function pointsNotListed(points: readonly TapePointRecord[], catalogue: TapeCatalogue): TapePointRecord[] {
  const listed = new Set(
    catalogue.sessions.flatMap((session) => session.points.map((point) => `${point.sessionUuid} ${point.fileUuid}`)),
  );
  return points.filter((point) => !listed.has(`${point.sessionUuid} ${point.fileUuid}`));
}

/** Whether a session ran here: what it left unfinished on a tape is nothing that anybody else was promised. */
export function knowsSession(parts: Pick<MountingContext, 'sessions'>, sessionUuid: string): boolean {
  return parts.sessions.store.get(sessionUuid) !== undefined;
}

/** The tape in hand and what it says of the tapes before it. */
export function registerAll(
  parts: Pick<MountingContext, 'store' | 'clock' | 'sessions'>,
  catalogue: TapeCatalogue,
  previous: readonly TapeCatalogue[],
  medium: MediumRecord,
): RegisteredCatalogue {
  const now = parts.clock.now();
  noteReplaced(parts.store, previous);
  let newPoints = 0;
  let knownPoints = 0;
  let gonePoints = 0;
  for (const [index, one] of [catalogue, ...previous].entries()) {
    const inDrive = index === 0 ? medium : undefined;
    const result = registerCatalogue(parts.store, one, inDrive, now, (uuid) => knowsSession(parts, uuid));
    newPoints += result.newPoints;
    knownPoints += result.knownPoints;
    gonePoints += result.gonePoints;
  }
  return { newPoints, knownPoints, gonePoints };
}
