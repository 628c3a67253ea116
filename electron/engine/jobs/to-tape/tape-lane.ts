import { messageOf } from '../../../../shared/domain/message-of.ts';
import { formatBytes, formatUtc } from '../../../../shared/domain/format.ts';
import { BackupFileError, openFileSource, openVirtualFull } from '../../backup-file/index.ts';
import type { ByteSource } from '../../files/byte-source.ts';
import { RepositoryUnavailable } from '../../repository/errors.ts';
import { OperationError } from '../../errors.ts';
import type { MeterPart } from '../../pipeline/progress.ts';
import type { Task } from '../../sessions/running-session.ts';
import type { PointToWrite } from '../../tape/writing/pending-point.ts';
import { MediaSetChanged, type MediaSetWriter } from '../../tape/writing/media-set-writer.ts';
import { folderLock } from '../engine-context.ts';
import type { SelectedMachine, UnreadableMachine } from '../selection.ts';
import { planMachine, pointsOnTape, type TapeWorkItem } from './tape-job-plan.ts';
import type { BackupToTapeContext } from '../tape-ports.ts';

/** A machine while it is written: its task, its lock on the source, and how much of it is not committed yet. */
export interface MachineOnTape {
  machine: SelectedMachine;
  /** Its newest restore point, where that cannot be read. */
  unread: UnreadableMachine | undefined;
  task: Task;
  /** Of the points that it is to get in the lane at work. */
  parts: MeterPart[];
  /** Points still to be written. */
  remaining: number;
  /** Points written, or being written, that are not durable on tape yet. */
  uncommitted: number;
  committed: number;
  error: unknown;
}

/**
 * Writes whole machines, one after the other, through one writer (one drive, one media set). The files that a machine is
 * read from stay locked until everything written of it is committed, for a failing tape has it written once more.
 */
export class TapeLane {
  readonly #context: BackupToTapeContext;
  readonly #writer: MediaSetWriter;
  /** Which of a machine's points this lane writes: all, or only fulls, or only increments. */
  readonly #select: (work: TapeWorkItem) => boolean;
  readonly #locks = new Map<string, () => void>();

  constructor(context: BackupToTapeContext, writer: MediaSetWriter, select: (work: TapeWorkItem) => boolean) {
    this.#context = context;
    this.#writer = writer;
    this.#select = select;
  }

  async run(machines: readonly MachineOnTape[]): Promise<void> {
    let todo = machines;
    try {
      for (let attempt = 1; todo.length > 0; attempt += 1) {
        try {
          for (const entry of todo) await this.#writeMachine(entry);
          await this.#writer.settle();
          todo = [];
        } catch (error) {
          if (!(error instanceof MediaSetChanged)) throw error;
          if (attempt > 3)
            throw new OperationError('The media set changed several times in this session.', 'Add tapes to the pool.');
          this.#context.session.log('info', `${error.message} What was not committed is planned again for it.`);
          todo = todo.filter(
            (entry) => entry.remaining + entry.uncommitted > 0 || entry.task.record.state === 'pending',
          );
        }
      }
    } finally {
      for (const release of this.#locks.values()) release();
      this.#locks.clear();
    }
  }

  async #writeMachine(entry: MachineOnTape): Promise<void> {
    const { machine, task } = entry;
    const { session } = this.#context;
    session.signal.throwIfAborted();
    if (task.record.state === 'pending') task.start();
    try {
      await this.#lock(entry);
      entry.remaining = 0;
      entry.uncommitted = 0;
      await this.#writer.open();
      // For the set that is really written: it may be another one than was foreseen, and other points be needed in it.
      const plan = planMachine(this.#context, machine, this.#writer.set);
      const items = plan.items.filter(this.#select);
      entry.remaining = items.length;
      // What was planned before and is not written after all is not waited for.
      for (const part of entry.parts) part.done();
      entry.parts = items.map(({ item }) => task.part(item.estimatedBytes));
      for (const [index, work] of items.entries()) await this.#writePoint(entry, work, entry.parts[index]);
    } catch (error) {
      if (session.signal.aborted || !isSourceTrouble(error)) throw error;
      entry.error = error;
      entry.remaining = 0;
      const message = messageOf(error);
      task.log('error', message, {
        advice: 'Verify the backup on disk, or rescan its repository; what is on tape already is not affected.',
      });
      this.#unlock(entry);
    }
  }

  async #lock(entry: MachineOnTape): Promise<void> {
    const { machine, task } = entry;
    if (this.#locks.has(machine.machineId)) return;
    const { tape, session, repository } = this.#context;
    const release = await tape.locks.acquire(
      [folderLock(machine.chain.repositoryId, machine.chain.folder, 'shared')],
      session.owner,
      session.signal,
      (holder) => task.log('info', `Waiting: ${holder} uses this machine’s backup files.`),
    );
    this.#locks.set(machine.machineId, release);
    await repository.requireAvailable(machine.chain.repositoryId);
  }

  /** Once nothing of the machine has to be read any more. */
  #unlock(entry: MachineOnTape): void {
    if (entry.remaining + entry.uncommitted > 0) return;
    this.#locks.get(entry.machine.machineId)?.();
    this.#locks.delete(entry.machine.machineId);
  }

  async #writePoint(entry: MachineOnTape, work: TapeWorkItem, part: MeterPart | undefined): Promise<void> {
    const { task } = entry;
    const { item, point } = work;
    const what = item.as === 'virtual-full' ? 'virtual full' : item.as;
    const when = formatUtc(point.createdAt);
    task.log(
      'info',
      `Writing the restore point of ${when} as ${what} (${formatBytes(item.estimatedBytes)}). ${item.reason}`,
    );
    const began = this.#context.tape.clock.now();
    entry.uncommitted += 1;
    const toWrite: PointToWrite = {
      ...this.#describe(entry.machine, work),
      onProgress: ({ bottleneck, ...counters }) => part?.report({ ...counters, ...(bottleneck ? { bottleneck } : {}) }),
      onCommitted: (tapes) => {
        entry.uncommitted -= 1;
        entry.committed += 1;
        task.log('success', `The restore point of ${when} is on tape as ${what}: ${tapes.join(', ')}`, {
          durationMs: this.#context.tape.clock.now() - began,
        });
        this.#unlock(entry);
      },
    };
    try {
      await this.#writer.write(toWrite);
      part?.done();
      entry.remaining -= 1;
      this.#unlock(entry);
    } catch (error) {
      entry.uncommitted -= 1;
      throw error;
    }
  }

  #describe(machine: SelectedMachine, work: TapeWorkItem): PointToWrite {
    const { repository, job } = this.#context;
    const { item, point, path } = work;
    return {
      pointUuid: point.pointUuid,
      createdAt: point.createdAt,
      kind: item.as === 'increment' ? 'increment' : 'full',
      virtualFull: item.as === 'virtual-full',
      machine: { id: machine.machineId, name: machine.machineName, platform: machine.platform },
      job: { id: job.id, name: job.settings.name },
      chainUuid: machine.chain.chainUuid,
      fileUuid: point.fileUuid,
      parentFileUuid: item.as === 'increment' ? this.#parentOnTape(machine, path) : null,
      parentPointUuid: item.as === 'increment' ? (path[1]?.pointUuid ?? null) : null,
      fileName: fileNameOf(point.path, item.as),
      extras: { encrypted: path.some((file) => file.encrypted), objects: point.objects },
      open: () => this.#open(machine, work, repository.keysFor(machine.chain.repositoryId)),
    };
  }

  async #open(
    machine: SelectedMachine,
    { item, point, path }: TapeWorkItem,
    keys: Parameters<typeof openVirtualFull>[0]['keys'],
  ): Promise<ByteSource> {
    const { repository, dataDir, session } = this.#context;
    const placeOf = (file: { repositoryId: string; path: string }) => repository.place(file.repositoryId, file.path);
    if (item.as !== 'virtual-full') return openFileSource(placeOf(point));
    // It carries the uuid of the file it stands for, so that later increments find in it what they build on.
    return openVirtualFull({
      sources: path.map(placeOf),
      fileUuid: point.fileUuid,
      chainUuid: machine.chain.chainUuid,
      spoolDir: dataDir,
      signal: session.signal,
      ...(keys ? { keys } : {}),
    });
  }

  /** The file that stands on tape for the point an increment builds on: the set may hold it in another form than disk. */
  #parentOnTape(machine: SelectedMachine, path: TapeWorkItem['path']): string | null {
    const parent = path[1];
    if (!parent) return null;
    const onTape = pointsOnTape(this.#context, machine.machineId).filter(
      (point) => point.pointUuid === parent.pointUuid && point.setId === this.#writer.set?.id,
    );
    return onTape.at(-1)?.fileUuid ?? parent.fileUuid;
  }
}

/** Trouble with reading a machine's backup files concerns that machine; everything else the whole lane. */
function isSourceTrouble(error: unknown): boolean {
  if (error instanceof BackupFileError || error instanceof RepositoryUnavailable) return true;
  return error instanceof Error && 'syscall' in error;
}

function fileNameOf(path: string, as: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return as === 'virtual-full' ? name.replace(/~incr(?=(-\d+)?\.rvb$)/, '~full') : name;
}
