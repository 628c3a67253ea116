import { messageOf } from '../../../../shared/domain/message-of.ts';
import { formatCount } from '../../../../shared/domain/format.ts';
import type { RequiredTape } from '../../../../shared/domain/restore-plan.ts';
import { OperationError } from '../../errors.ts';
import type { SliceLocation } from '../../tape/archive/documents.ts';
import { restoreSlices } from '../../tape/archive/tape-reader.ts';
import { DoorOpen } from '../../tape/library/attached-library.ts';
import { ChangeWatch } from '../../tape/operations/media-wait.ts';
import { importWantedMedia } from '../../tape/operations/import-media.ts';
import { type MountedTape, UnreadableLabel, WrongTape } from '../../tape/mounting/tape-mounts.ts';
import { requesterOf } from '../../tape/mounting/mount-requester.ts';
import type { TapeJobContext } from '../tape-ports.ts';
import type { RestoringFile } from './tape-restore-completion.ts';

/** How long tapes that have to be brought in are waited for, each time. */
const waitForMediaMs = 72 * 3_600_000;
const lookEveryMs = 60_000;
const reportEveryMs = 250;
/** Tapes and drives have bad moments: a tape is read this often before what is missing is given up. */
const passesPerTape = 2;

/**
 * Reads the required tapes, each in one pass in the order of its positions, those at hand first; asks for the others and
 * waits. What cannot be read is named and given up; the rest is restored.
 */
export class TapeReading {
  readonly #context: TapeJobContext;
  readonly #tapes: readonly RequiredTape[];
  readonly #files: readonly RestoringFile[];
  readonly #afterTape: () => Promise<void>;
  readonly #passes = new Map<string, number>();

  constructor(
    context: TapeJobContext,
    tapes: readonly RequiredTape[],
    files: readonly RestoringFile[],
    afterTape: () => Promise<void>,
  ) {
    this.#context = context;
    this.#tapes = tapes;
    this.#files = files;
    this.#afterTape = afterTape;
  }

  async run(): Promise<void> {
    const { session, tape } = this.#context;
    const watch = new ChangeWatch(tape, session.signal);
    const tried = new Set<string>();
    let deadline: number | undefined;
    try {
      for (;;) {
        session.signal.throwIfAborted();
        const needed = this.#tapes.filter((required) => this.#missingOn(required.mediaUuid).length > 0);
        if (needed.length === 0) return;
        const next = needed.find((required) => this.#isAtHand(required.mediaUuid));
        if (next) {
          deadline = undefined;
          session.setState('working');
          await this.#read(next);
          await this.#afterTape();
          continue;
        }
        if (await importWantedMedia(tape, this.#wants(), tried, requesterOf(session))) continue;
        deadline ??= tape.clock.now() + waitForMediaMs;
        await this.#wait(needed, deadline, watch);
      }
    } finally {
      watch.stop();
    }
  }

  /** Slices still to be read on a tape, of files that can still be completed. */
  #missingOn(tapeUuid: string): SliceLocation[] {
    return this.#files
      .filter((entry) => !entry.done && entry.lost === null)
      .flatMap(({ file }) => file.missing.filter((slice) => slice.tapeUuid === tapeUuid));
  }

  #isAtHand(tapeUuid: string): boolean {
    const { tape } = this.#context;
    const medium = tape.store.media.byUuid(tapeUuid);
    return medium !== undefined && medium.elementAddress !== null && tape.facts.isOnline(medium);
  }

  /** A wanted tape without a readable barcode may be among those whose labels nobody has read. */
  #wants() {
    const { tape } = this.#context;
    const unread = tape.store.media
      .all()
      .filter((medium) => medium.labelFormat === 'unread' && tape.facts.isOnline(medium));
    return [{ code: 'inventory' as const, mediaIds: unread.map((medium) => medium.id) }];
  }

  async #wait(needed: readonly RequiredTape[], deadline: number, watch: ChangeWatch): Promise<void> {
    const { session, tape } = this.#context;
    const names = needed.map(({ mediaUuid, name }) => {
      const medium = tape.store.media.byUuid(mediaUuid);
      return medium ? `${medium.name} (${tape.facts.where(medium)})` : name;
    });
    const text = `Bring in: ${names.join(', ')}.`;
    const left = deadline - tape.clock.now();
    if (left <= 0) {
      throw new OperationError(
        'The tapes needed were not brought in within the time allowed.',
        `${text} Then run the restore again: it continues with what is missing.`,
        { kind: 'unavailable' },
      );
    }
    if (session.record.stateText !== text) {
      session.log('warning', `Waiting for tapes. ${text}`, {
        advice: 'Put them into a mail slot or a slot of a library.',
        isPassing: true,
      });
    }
    session.setState('waiting-tape', text);
    await watch.next(['media', 'libraries'], Math.min(left, lookEveryMs));
    for (const library of tape.libraries.all()) {
      await tape.libraries.refresh(library.id, session.signal).catch(() => session.signal.throwIfAborted());
    }
  }

  async #read(required: RequiredTape): Promise<void> {
    const { session, tape } = this.#context;
    const medium = tape.store.media.byUuid(required.mediaUuid);
    if (!medium) return;
    const pass = (this.#passes.get(required.mediaUuid) ?? 0) + 1;
    this.#passes.set(required.mediaUuid, pass);
    let mounted: MountedTape;
    try {
      mounted = await tape.mounts.mount(medium.id, requesterOf(session), { expectIdentity: true });
    } catch (error) {
      session.signal.throwIfAborted();
      if (error instanceof UnreadableLabel) {
        session.log('error', error.message, { advice: pass < passesPerTape ? 'Trying once more.' : error.advice });
        if (pass >= passesPerTape) this.#giveUp(required, this.#missingOn(required.mediaUuid), error.message);
        return;
      }
      if (error instanceof WrongTape) {
        // By now the database knows that the tape is somewhere else: it is asked for.
        this.#passes.set(required.mediaUuid, pass - 1);
        session.log('warning', error.message, { advice: error.advice, isPassing: true });
        return;
      }
      // Robot and drives can be mended: nothing is lost by them, and what was read is kept.
      if (error instanceof DoorOpen || pass >= passesPerTape) throw error;
      session.log('error', `Tape ${medium.name} could not be mounted: ${messageOf(error)}`, {
        advice: 'Trying once more.',
      });
      return;
    }
    let failed: { slice: SliceLocation; reason: string }[];
    try {
      failed = await this.#pass(required, mounted);
    } catch (error) {
      await this.#leave(mounted);
      throw error;
    }
    await this.#leave(mounted);
    if (failed.length === 0) return;
    const [first] = failed;
    if (failed.some(({ reason }) => isDriveFailure(reason))) {
      tape.leases.avoid(mounted.lease.library.id, mounted.lease.address);
    }
    if (pass < passesPerTape) {
      session.log(
        'warning',
        `On ${medium.name}, ${formatCount(failed.length, 'slice')} could not be read: ${first?.reason}`,
        {
          advice: 'They are read once more.',
        },
      );
      return;
    }
    const unread = failed.find(({ reason }) => isDriveFailure(reason));
    if (unread) {
      throw new OperationError(
        `The drive failed while tape ${medium.name} was read: ${unread.reason}`,
        'Clean or replace the drive, then run the restore again: it continues with what is missing.',
      );
    }
    const lost = failed.map(({ slice }) => slice);
    this.#giveUp(required, lost, first?.reason ?? 'They cannot be read.');
  }

  async #pass(required: RequiredTape, mounted: MountedTape): Promise<{ slice: SliceLocation; reason: string }[]> {
    const { session, tape } = this.#context;
    const byFile = new Map(this.#files.map((entry) => [entry.file.identity.fileUuid, entry]));
    const entryOf = (fileUuid: string): RestoringFile => {
      const entry = byFile.get(fileUuid);
      if (!entry) throw new Error(`File ${fileUuid} is not part of this restore.`);
      return entry;
    };
    const slices = this.#missingOn(required.mediaUuid);
    const began = tape.clock.now();
    const timer = setInterval(() => this.#report(), reportEveryMs);
    const result = await restoreSlices(mounted.drive, {
      tapeUuid: required.mediaUuid,
      slices,
      signal: session.signal,
      sink: (fileUuid) => entryOf(fileUuid).file,
      onRestored: (slice) => entryOf(slice.fileUuid).file.verified(slice),
    }).finally(() => {
      clearInterval(timer);
      this.#report();
    });
    for (const { file } of this.#files) await file.checkpoint();
    session.log(
      'success',
      `Read ${result.restored.length} of ${formatCount(slices.length, 'slice')} from ${mounted.medium.name}`,
      {
        durationMs: tape.clock.now() - began,
      },
    );
    return result.failed;
  }

  #report(): void {
    for (const { file, part } of this.#files) {
      const { verifiedBytes: processedBytes, readBytes, writtenBytes: transferredBytes } = file;
      const told = part.counters;
      if (told.readBytes === readBytes && told.processedBytes >= processedBytes) continue;
      part.report({ processedBytes, readBytes, transferredBytes });
    }
  }

  async #leave(mounted: MountedTape): Promise<void> {
    const { session, tape } = this.#context;
    if (session.signal.aborted) {
      tape.mounts.release(mounted);
      return;
    }
    await tape.mounts.unmount(mounted).catch((error: unknown) => {
      session.log('warning', `Tape ${mounted.medium.name} could not be put back: ${messageOf(error)}`);
    });
  }

  /** Names what is lost, file by file. */
  #giveUp(required: RequiredTape, slices: readonly SliceLocation[], reason: string): void {
    for (const entry of this.#files) {
      const mine = slices.filter((slice) => slice.fileUuid === entry.file.identity.fileUuid);
      if (mine.length === 0) continue;
      const when = new Date(entry.target.record.createdAt).toISOString();
      const ranges = mine.map((slice) => `${slice.offset}–${slice.offset + slice.lengthBytes - 1}`).join(', ');
      entry.lost = `Tape ${required.name} cannot be read where bytes ${ranges} of its file are: ${reason}`;
      entry.task.log('error', `Lost: the restore point of ${when}. ${entry.lost}`, {
        advice: 'Look for another copy of this restore point, or read the tape in a cleaned or another drive.',
      });
    }
  }
}

/** What was not even tried, because the drive failed before, may be whole on the tape. */
function isDriveFailure(reason: string): boolean {
  return reason.startsWith('Not read, because the drive failed');
}
