import { dirname } from 'node:path/posix';
import { backupFileName, isPlainName, safePathName, uniqueName } from '../../../../shared/domain/names.ts';
import type { PlannedFile } from '../../../../shared/domain/restore-plan.ts';
import { OperationError } from '../../errors.ts';
import type { TapePointRecord } from '../../tape/store/tape-records.ts';
import type { RestoreIntent } from './restore-intent-store.ts';
import type { RepositoryPort, TapeRestoreContext } from '../tape-ports.ts';

/** Where each file of a restore goes. */
export interface RestoreTarget {
  /** Relative to the repository's root. */
  path: string;
  record: TapePointRecord;
}

export interface RestoreTargets {
  toRestore: RestoreTarget[];
  /** In the repository already, as they are on tape. */
  present: PlannedFile[];
}

/** Partial files that nobody came back for in this time are removed. */
const keepPartialsMs = 14 * 86_400_000;

/**
 * Chooses a place for every file. Throws where the repository holds the machine's chain in another state: one repository
 * cannot hold two states of a chain.
 */
export async function chooseTargets(
  context: TapeRestoreContext,
  repositoryId: string,
  files: readonly PlannedFile[],
  archives: ReadonlyMap<string, TapePointRecord>,
): Promise<RestoreTargets> {
  const { backups, repository } = context;
  const intents = openIntents(context, repositoryId);
  const targets: RestoreTargets = { toRestore: [], present: [] };
  const taken = new Set<string>();
  for (const file of files) {
    const record = archives.get(file.archiveId);
    if (!record) throw new OperationError(`${file.fileName} is not in the catalogue any more.`, 'Catalogue its tapes.');
    const chain = backups.chainByUuid(repositoryId, record.chainUuid);
    const present = chain && backups.points(chain.id).find((point) => point.fileUuid === record.fileUuid);
    if (present && present.pointUuid === record.pointUuid && present.state === 'complete') {
      targets.present.push(file);
      for (const { id } of intents) settleFile(context, id, record.id);
      continue;
    }
    if (chain && (present ? present.state !== 'missing' : !chain.imported)) {
      throw new OperationError(
        `The repository holds the backup of ${record.machineName} that these files belong to, in another state.`,
        'Restore to another repository: one repository cannot hold two states of a backup chain.',
      );
    }
    const begun = intents.flatMap((intent) => intent.files).find((other) => other.archiveId === record.id);
    const who = { id: record.machineId, name: record.machineName };
    const folder = chain?.folder ?? repository.machineFolder(repositoryId, `${record.jobName} (from tape)`, who);
    const path = begun?.path ?? (await freePath(context, repositoryId, folder, record, taken));
    taken.add(path.toLowerCase());
    targets.toRestore.push({ path, record });
  }
  return targets;
}

async function freePath(
  context: TapeRestoreContext,
  repositoryId: string,
  folder: string,
  record: TapePointRecord,
  taken: ReadonlySet<string>,
): Promise<string> {
  // The name comes from a tape: data, not a path.
  const usable =
    isPlainName(record.fileName) &&
    record.fileName.endsWith('.rvb') &&
    safePathName(record.fileName) === record.fileName;
  const kind = record.kind === 'full' ? 'full' : 'incr';
  const name = usable
    ? record.fileName
    : backupFileName(record.machineName, new Date(record.createdAt).toISOString(), kind);
  const exists = new Set<string>();
  for (;;) {
    const candidate = uniqueName(
      name,
      (other) => taken.has(`${folder}/${other}`.toLowerCase()) || exists.has(other.toLowerCase()),
    );
    const place = context.repository.place(repositoryId, `${folder}/${candidate}`);
    const [whole, partial] = await Promise.all([place.exists(), place.hasUnfinished()]);
    if (!whole && !partial) return `${folder}/${candidate}`;
    exists.add(candidate.toLowerCase());
  }
}

/** Folders that the restore writes to, relative to the root. */
export function foldersOf(targets: readonly RestoreTarget[]): string[] {
  return [...new Set(targets.map((target) => dirname(target.path)))];
}

/** Notes durably what is being restored, and takes over what earlier intents held of it. Returns the intent's id. */
export async function beginIntent(
  { session, tape, restoreIntents }: TapeRestoreContext,
  repositoryId: string,
  targets: readonly RestoreTarget[],
): Promise<string> {
  const files = targets.map(({ path, record }) => ({ archiveId: record.id, path }));
  const now = tape.clock.now();
  return tape.store.durably((work) => restoreIntents.begin(work, repositoryId, files, session.id, now));
}

/**
 * Takes a file that is done, or given up, out of the intent; without files it is gone. Durable with what is flushed next, at
 * the latest the session's end: a file that is still in it then is found whole and known.
 */
export function settleFile(
  { tape, restoreIntents }: Pick<TapeRestoreContext, 'tape' | 'restoreIntents'>,
  intentId: string,
  archiveId: string,
): void {
  tape.store.later((work) => restoreIntents.settle(work, intentId, archiveId));
}

/** Removes partial files of restores that were given up long ago. */
export async function removeStale({ tape, repository, restoreIntents }: TapeRestoreContext): Promise<void> {
  const now = tape.clock.now();
  for (const intent of restoreIntents.all()) {
    if (now - intent.createdAt < keepPartialsMs) continue;
    // One that is away, or is not configured any more, loses them at its next rescan.
    for (const { path } of intent.files) {
      await removeUnfinished(repository, intent.repositoryId, path).catch(() => undefined);
    }
    tape.store.now((work) => restoreIntents.remove(work, intent.id));
  }
}

async function removeUnfinished(repository: RepositoryPort, repositoryId: string, path: string): Promise<void> {
  await repository.place(repositoryId, path).removeUnfinished();
}

function openIntents({ restoreIntents }: TapeRestoreContext, repositoryId: string): RestoreIntent[] {
  return restoreIntents.all().filter((intent) => intent.repositoryId === repositoryId);
}
