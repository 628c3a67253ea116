import { messageOf } from '../../../../shared/domain/message-of.ts';
import { formatBytes, formatCount, formatUtc } from '../../../../shared/domain/format.ts';
import { OperationError } from '../../errors.ts';
import type { MeterPart } from '../../pipeline/progress.ts';
import type { Task } from '../../sessions/running-session.ts';
import type { TapeRestoreContext } from '../tape-ports.ts';
import type { RestoredFile } from './tape-restore-file.ts';
import { type RestoreTarget, settleFile } from './tape-restore-target.ts';

/** A file of a restore while it runs. */
export interface RestoringFile {
  file: RestoredFile;
  target: RestoreTarget;
  /** Its machine's. */
  task: Task;
  part: MeterPart;
  /** Why it cannot be completed; null while it can. */
  lost: string | null;
  done: boolean;
}

/**
 * Turns files whose slices are all there into registered backups: verified, made durable, renamed, registered. A
 * file comes after the one it builds on, so that nothing incomplete is ever listed.
 */
export class RestoreCompletion {
  readonly #context: TapeRestoreContext & { repositoryId: string };
  readonly #intentId: string;
  readonly #files: readonly RestoringFile[];

  constructor(
    context: TapeRestoreContext & { repositoryId: string },
    intentId: string,
    files: readonly RestoringFile[],
  ) {
    this.#context = context;
    this.#intentId = intentId;
    // Oldest first: then a parent always stands before what builds on it.
    this.#files = files.toSorted((a, b) => a.target.record.createdAt - b.target.record.createdAt);
  }

  /** Completes whatever can be completed now. */
  async advance(): Promise<void> {
    for (const entry of this.#files) {
      if (entry.done || entry.lost !== null || entry.file.missing.length > 0) continue;
      const parent = this.#parentOf(entry);
      if (parent && !parent.done) continue;
      await this.#complete(entry);
    }
  }

  async #complete(entry: RestoringFile): Promise<void> {
    const { session, repository, repositoryId, tape } = this.#context;
    const { file, target, task } = entry;
    const began = tape.clock.now();
    try {
      await file.verifyLeft(session.signal);
    } catch (error) {
      session.signal.throwIfAborted();
      entry.lost = messageOf(error);
      task.log('error', entry.lost, { advice: error instanceof OperationError ? error.advice : null });
      return;
    }
    await file.commit();
    const [registered] = await repository.registerImported(repositoryId, [target.path]);
    settleFile(this.#context, this.#intentId, target.record.id);
    // An encrypted file that no key opens here is whole all the same.
    const isLocked = registered?.encrypted === true && registered.objects.length === 0;
    if (registered?.state !== 'complete' && !isLocked) {
      entry.lost = `It is in ${target.path}, but cannot be used: ${registered?.stateReason ?? 'it could not be registered.'}`;
      task.log('error', entry.lost, { advice: 'Look for another copy of this restore point, on other tapes.' });
      return;
    }
    entry.done = true;
    const { createdAt, kind, sizeBytes } = target.record;
    task.log(
      'success',
      `The restore point of ${formatUtc(createdAt)} (${kind}, ${formatBytes(sizeBytes)}) is in ${target.path}, verified.`,
      { durationMs: tape.clock.now() - began },
    );
    tape.changes.publish('backups');
  }

  /** The file an increment builds on, where this restore brings it too; otherwise it is in the repository already. */
  #parentOf(entry: RestoringFile): RestoringFile | undefined {
    const { parentFileUuid, parentPointUuid, machineId, chainUuid } = entry.target.record;
    if (parentFileUuid === null) return undefined;
    return this.#files.find(
      ({ target: { record } }) =>
        (parentPointUuid === null ? record.fileUuid === parentFileUuid : record.pointUuid === parentPointUuid) &&
        record.machineId === machineId &&
        record.chainUuid === chainUuid,
    );
  }

  /** Ends the tasks, naming what is lost. Returns whether nothing is; throws when everything is. */
  conclude(): boolean {
    for (const entry of this.#files) {
      if (entry.done || entry.lost !== null) continue;
      entry.lost = 'The file it builds on could not be restored.';
      const when = formatUtc(entry.target.record.createdAt);
      entry.task.log('error', `The restore point of ${when} was not restored: ${entry.lost}`);
    }
    for (const [task, entries] of Map.groupBy(this.#files, (entry) => entry.task)) {
      const lost = entries.filter((entry) => entry.lost !== null);
      if (lost.length === 0) task.finish('done');
      else {
        task.finish(
          lost.length === entries.length ? 'cannot' : 'done-with-warnings',
          `${lost.length} of ${formatCount(entries.length, 'file')} could not be restored: ${lost[0]?.lost ?? ''}`,
        );
      }
    }
    const lost = this.#files.filter((entry) => entry.lost !== null);
    if (lost.length === this.#files.length && lost.length > 0) {
      throw new OperationError(
        `Nothing could be restored: ${lost[0]?.lost ?? ''}`,
        'What was read is kept: run the restore again, with a cleaned or another drive, to read only what is missing.',
      );
    }
    return lost.length === 0;
  }
}
