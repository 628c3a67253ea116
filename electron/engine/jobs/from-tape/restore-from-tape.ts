import { messageOf } from '../../../../shared/domain/message-of.ts';
import { formatBytes, formatCount, formatUtc } from '../../../../shared/domain/format.ts';
import { OperationError } from '../../errors.ts';
import type { Task } from '../../sessions/running-session.ts';
import { documentOf } from '../../tape/catalogue/catalogue-documents.ts';
import { setReadKey } from '../../tape/library/drive-leases.ts';
import { folderLock } from '../engine-context.ts';
import type { TapeRestoreContext } from '../tape-ports.ts';
import { type RestoringFile, RestoreCompletion } from './tape-restore-completion.ts';
import { RestoredFile } from './tape-restore-file.ts';
import { planRestoreFromTape, type TapeRestorePlan } from './tape-restore-plan.ts';
import { TapeReading } from './tape-restore-reading.ts';
import { beginIntent, chooseTargets, foldersOf, removeStale, type RestoreTarget } from './tape-restore-target.ts';

export { planRestoreFromTape } from './tape-restore-plan.ts';

export interface RestoreFromTapeContext extends TapeRestoreContext {
  /** Ids of restore points on tape. */
  pointIds: readonly string[];
  repositoryId: string;
}

/**
 * Restores backups from tape to a repository: each tape is read once, in the order of its positions, for all points
 * together. Every slice and then every whole file is verified; only then does a file get its name and is registered.
 */
export async function runRestoreFromTape(context: RestoreFromTapeContext): Promise<'warning' | void> {
  const { session, tape, repositoryId } = context;
  await removeStale(context);
  const plan = planRestoreFromTape(tape, context.pointIds);
  const unrestorable = plan.points.filter((point) => !point.restorable);
  for (const point of unrestorable) session.log('error', `${nameOf(point)} cannot be restored: ${point.reason}`);
  if (plan.files.length === 0) {
    throw new OperationError('None of the chosen restore points can be restored.', 'See the reasons above.');
  }
  tellTapes(context, plan);
  const setIds = new Set(plan.files.map((file) => file.setId));
  // Nobody overwrites a tape of these sets while they are read.
  const releaseSets = await tape.locks.acquire(
    [...setIds].map((setId) => ({ key: setReadKey(setId), mode: 'shared' as const })),
    session.owner,
    session.signal,
  );
  try {
    const { toRestore, present } = await chooseTargets(context, repositoryId, plan.files, plan.archives);
    for (const file of present) session.log('info', `${file.fileName} is in the repository already.`);
    if (toRestore.length === 0) {
      session.log('success', 'Everything chosen is in the repository already.');
      return;
    }
    const releaseFolders = await tape.locks.acquire(
      foldersOf(toRestore).map((folder) => folderLock(repositoryId, folder, 'exclusive')),
      session.owner,
      session.signal,
      (holder) => session.log('info', `Waiting: ${holder} works in the target folder.`),
    );
    try {
      const complete = await restoreFiles(context, plan, toRestore);
      if (!complete || unrestorable.length > 0) return 'warning';
    } finally {
      releaseFolders();
    }
  } finally {
    releaseSets();
  }
}

/** Returns whether everything was restored. */
async function restoreFiles(
  context: RestoreFromTapeContext,
  plan: TapeRestorePlan,
  targets: readonly RestoreTarget[],
): Promise<boolean> {
  const { session, tape, repository, repositoryId } = context;
  const files = await prepareFiles(context, targets);
  const neededBytes = files.reduce((sum, { file }) => sum + file.identity.sizeBytes - file.verifiedBytes, 0);
  await repository.requireWritable(repositoryId, neededBytes);
  const intentId = await beginIntent(context, repositoryId, targets);
  const completion = new RestoreCompletion(context, intentId, files);
  try {
    for (const { file } of files) await file.open();
    await completion.advance();
    await new TapeReading(context, plan.tapes, files, () => completion.advance()).run();
  } finally {
    for (const { file } of files) {
      await file.checkpoint().catch((error: unknown) => session.log('warning', messageOf(error)));
      await file.close().catch(() => undefined);
    }
    tape.changes.publish('backups', 'repositories');
  }
  return completion.conclude();
}

async function prepareFiles(
  context: RestoreFromTapeContext,
  targets: readonly RestoreTarget[],
): Promise<RestoringFile[]> {
  const { session, tape, repository, repositoryId } = context;
  const tasks = new Map<string, Task>();
  const files: RestoringFile[] = [];
  for (const target of targets) {
    const { record } = target;
    const task = tasks.get(record.machineId) ?? session.addTask(record.machineName);
    tasks.set(record.machineId, task);
    if (task.record.state === 'pending') task.start();
    const { slices } = documentOf(record, tape.store.catalogue.parts(record.id));
    const { id: archiveId, fileUuid, pointUuid, sizeBytes, sha256 } = record;
    const identity = { archiveId, fileUuid, pointUuid, sizeBytes, sha256 };
    const file = new RestoredFile(repository.place(repositoryId, target.path), identity, slices);
    await file.load();
    if (file.verifiedBytes > 0) {
      task.log(
        'info',
        `Going on with ${target.path}: ${formatBytes(file.verifiedBytes)} of it are there and verified.`,
      );
    }
    const part = task.part(sizeBytes);
    part.report({ processedBytes: file.verifiedBytes });
    files.push({ file, target, task, part, lost: null, done: false });
  }
  return files;
}

/** Before anything moves: what is needed, and where it is. */
function tellTapes(context: RestoreFromTapeContext, plan: TapeRestorePlan): void {
  const { session } = context;
  const count = plan.tapes.length;
  session.log(
    'info',
    `${formatCount(plan.files.length, 'file')}, ${formatBytes(plan.bytesAtTarget)}, from ${formatCount(count, 'tape')}:`,
  );
  for (const tape of plan.tapes) {
    const text = `${tape.order}. ${tape.name}: ${tape.where}, ${formatBytes(tape.bytes)}`;
    session.log(
      tape.available ? 'info' : 'warning',
      text,
      tape.available ? {} : { advice: `Bring in ${tape.name}.`, isPassing: true },
    );
    if (tape.warning) session.log('warning', `${tape.name}: ${tape.warning}`, { isPassing: true });
  }
}

function nameOf(point: { machineName: string | null; createdAt: number | null; selectedId: string }): string {
  if (point.machineName === null || point.createdAt === null) return `The restore point ${point.selectedId}`;
  return `The restore point of ${formatUtc(point.createdAt)} of ${point.machineName}`;
}
