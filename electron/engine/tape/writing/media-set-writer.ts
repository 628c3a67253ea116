import { messageOf } from '../../../../shared/domain/message-of.ts';
import { OperationError } from '../../errors.ts';
import type { ByteSource } from '../../files/byte-source.ts';
import { isEndOfMedium } from '../archive/drive-port.ts';
import { tapeGeometry } from '../archive/tape-geometry.ts';
import { TapeWriter, TapeEndedError, type VoidedFile } from '../archive/tape-writer.ts';
import { registerPoint } from '../catalogue/catalogue-registration.ts';
import { isDriveError } from '../library/drive-errors.ts';
import { cutBack, distrust, documentFor, nameOnTape, type Pending, type PointToWrite } from './pending-point.ts';
import type { MediaSetRecord } from '../store/tape-records.ts';
import type { MediaProvider } from './media-provider.ts';
import type { WritableTape, WritingContext } from './writing-context.ts';

/**
 * No further tape was available for the media set, so another one was begun in the middle of a session. Each set is
 * complete in itself: what was not committed has to be planned again for the new one. The writer can continue.
 */
export class MediaSetChanged extends Error {
  override readonly name = 'MediaSetChanged';
}

/** After so many tapes in a row on which nothing could be committed, the fault is not the tapes'. */
const mostFruitlessTapes = 3;

/**
 * Writes restore points to one media set, tape after tape. A point counts once its POINT file has been flushed, and only
 * then is it in the database; what a failing tape takes with it is written again on the next one.
 */
export class MediaSetWriter {
  readonly #context: WritingContext;
  readonly #media: MediaProvider;
  #tape: WritableTape | undefined;
  #writer: TapeWriter | undefined;
  #sliceBytes: number | undefined;
  /** Written, POINT and all, but not known to be on the medium yet. */
  readonly #unflushed = new Map<string, Pending>();
  /** The point that is written, or was last. */
  #current: Pending | undefined;
  /** Writing to the current tape ended with an error, not at its end. */
  #isBroken = false;
  #fruitless = 0;
  #begun = false;
  /** Points committed while the present tape is in the drive. */
  readonly #committedHere = new Set<string>();
  #slicesOnTape = 0;

  constructor(context: WritingContext, media: MediaProvider) {
    this.#context = context;
    this.#media = media;
  }

  get set(): MediaSetRecord | null {
    return this.#media.set;
  }

  /** Brings the first tape, so that the set is known. */
  async open(): Promise<void> {
    await this.#open();
  }

  /** Writes one point, on as many tapes as it takes. It may be committed only later: see `onCommitted`. */
  async write(point: PointToWrite): Promise<void> {
    const counters = { readBytes: 0, transferredBytes: 0, processedBytes: 0 };
    await this.#writeAll({ point, slices: [], nextSlice: 0, runningDigest: undefined, file: null, counters });
  }

  /**
   * Flushes and writes the catalogue at the end of the session: afterwards everything written is committed. After a
   * cancel only what was complete is.
   */
  async settle(): Promise<void> {
    while (this.#writer) {
      const redo = await this.#endTape();
      if (this.#context.session.signal.aborted) return;
      for (const pending of redo) await this.#writeAll(pending);
    }
  }

  /** Gives drive and set back; with `eject` the tape goes back into its slot, after a cancel it stays in the drive. */
  async close(options: { eject: boolean }): Promise<void> {
    try {
      await this.#leaveTape(options.eject);
    } finally {
      this.#media.release();
    }
  }

  /** After a failure: gives back drive and memory, keeping what is committed. Never throws. */
  async abandon(): Promise<void> {
    try {
      if (this.#writer) await this.#endTape();
      await this.#leaveTape(false);
    } catch (error) {
      this.#context.requester.log('warning', messageOf(error));
    } finally {
      this.#media.release();
    }
  }

  /** Writes a point, and before it, in their order, what its tapes take with them when they fail. */
  async #writeAll(pending: Pending): Promise<void> {
    const queue = [pending];
    for (let next = queue[0]; next; next = queue[0]) {
      const redo = await this.#writeOne(next);
      if (redo === undefined) queue.shift();
      else queue.unshift(...redo);
    }
  }

  /** Writes (the rest of) a point; returns points that have to be written again before it, or undefined when done. */
  async #writeOne(pending: Pending): Promise<Pending[] | undefined> {
    let source: ByteSource | undefined;
    const open = async (): Promise<ByteSource> => (source ??= await pending.point.open());
    this.#current = pending;
    try {
      for (;;) {
        this.#context.session.signal.throwIfAborted();
        const writer = await this.#open();
        const step = await this.#writeOnTape(writer, pending, open);
        if (step === 'done') return undefined;
        if (step.length > 0) return step;
      }
    } finally {
      this.#report();
      await source?.close();
    }
  }

  /** On the tape in the drive: `done`, or what has to be written again first (perhaps nothing) on the next tape. */
  async #writeOnTape(
    writer: TapeWriter,
    pending: Pending,
    open: () => Promise<ByteSource>,
  ): Promise<'done' | Pending[]> {
    writer.countFor(pending.counters);
    try {
      if (!pending.file) {
        const rest = await this.#writeFile(writer, pending, await open());
        if (rest) return rest;
      }
      await writer.commitPoint(documentFor(pending, this.#context.session.id));
      this.#unflushed.set(pending.point.pointUuid, pending);
      await this.#commit((await writer.flushIfDue()).committedPoints);
      return 'done';
    } catch (error) {
      const ended = error instanceof TapeEndedError;
      if (this.#context.session.signal.aborted || !(ended || isDriveError(error))) throw error;
      this.#tellBroken(messageOf(error), isTapeEnd(error));
      const lost = ended ? error.voided : [];
      const redo = await this.#endTape({ current: pending, lost, distrusted: !ended });
      if (!this.#isCommitted(pending)) return redo.filter((other) => other !== pending);
      for (const other of redo) await this.#writeAll(other);
      return 'done';
    }
  }

  /** Undefined when the file is written whole. */
  async #writeFile(writer: TapeWriter, pending: Pending, source: ByteSource): Promise<Pending[] | undefined> {
    const { point } = pending;
    // Whatever comes of it, the digest that was carried over is used up.
    const { runningDigest } = pending;
    pending.runningDigest = undefined;
    const result = await writer.writeFile({
      name: point.fileName,
      pathOnTape: nameOnTape(point),
      source,
      fileUuid: point.fileUuid,
      counters: pending.counters,
      fromSlice: pending.nextSlice,
      ...(runningDigest ? { runningDigest } : {}),
    });
    pending.slices.push(...result.slices);
    this.#slicesOnTape += result.slices.length;
    if (result.status === 'done') {
      pending.file = { sizeBytes: source.sizeBytes, sha256: result.sha256 };
      return undefined;
    }
    pending.nextSlice = result.nextSlice;
    pending.runningDigest = result.runningDigest;
    pending.slices = pending.slices.filter(({ slice }) => slice < result.nextSlice);
    if (result.status === 'void') this.#tellBroken(result.reason, result.isEndOfMedium);
    return this.#endTape({ current: pending, lost: result.status === 'void' ? result.voided : [] });
  }

  #isCommitted({ point }: Pending): boolean {
    return this.#committedHere.has(point.pointUuid);
  }

  async #open(): Promise<TapeWriter> {
    // A writer whose tape has ended says so itself; what it takes with it is then written again.
    if (this.#writer) return this.#writer;
    await this.#leaveTape(true);
    const before = this.#media.set;
    const tape = await this.#media.next();
    this.#tape = tape;
    this.#isBroken = false;
    if (before !== null && before.id !== tape.set.id && this.#begun) {
      throw new MediaSetChanged(`The media set changed to “${tape.set.name}”.`);
    }
    this.#begun = true;
    this.#committedHere.clear();
    this.#slicesOnTape = 0;
    const geometry = tapeGeometry(tape.medium.capacityBytes ?? undefined);
    // A file keeps its slice size on all its tapes.
    this.#sliceBytes ??= geometry.sliceBytes;
    const { session } = this.#context;
    this.#writer = new TapeWriter({
      drive: tape.mounted.drive,
      tape: tape.state,
      session: { uuid: session.id, jobName: session.record.name, startedAt: session.record.startedAt },
      sliceBytes: this.#sliceBytes,
      dataFileBytes: Math.max(this.#sliceBytes, geometry.dataFileBytes),
      worm: tape.medium.worm,
      signal: session.signal,
      clock: this.#context.services.clock,
      onProgress: (limit) => this.#report(limit),
    });
    return this.#writer;
  }

  /**
   * Closes the writer on its tape and makes the database say what is on it. Returns the points that were not committed
   * and have to be written again, with as many of their slices as are safe; `current` is the one being written.
   */
  async #endTape(
    of: { current?: Pending; lost?: readonly VoidedFile[]; distrusted?: boolean } = {},
  ): Promise<Pending[]> {
    const [writer, tape] = [this.#writer, this.#tape];
    if (!writer || !tape) return [];
    const lost = [...(of.lost ?? [])];
    const ended = await this.#finish(writer, lost);
    this.#report();
    this.#writer = undefined;
    const { services, requester } = this.#context;
    const { store, clock } = services;
    if (ended) {
      await this.#commit(ended.committedPoints);
      const { tape: state, catalogue } = ended;
      const { closed: full, bytes: usedBytes } = state;
      await store.durably((work) => {
        store.media.update(work, tape.medium.id, { tapeState: state, usedBytes, full, lastWrittenAt: clock.now() });
        store.pools.updateSet(work, tape.set.id, { lastWrittenAt: clock.now() });
      });
      const isPassing = !this.#isBroken;
      for (const problem of catalogue.problems) {
        requester.log('warning', `Tape ${tape.medium.name}: ${problem}`, { isPassing });
      }
      const words = this.#isBroken ? 'is closed: nothing more is written to it' : 'is full';
      if (full) requester.log('info', `Tape ${tape.medium.name} ${words}.`);
    } else {
      const suspectReason = 'The drive failed while it was written, and what it holds since is not known.';
      await store.durably((work) => store.media.update(work, tape.medium.id, { suspectReason }));
      requester.log('error', `Tape ${tape.medium.name}: ${suspectReason}`, { advice: 'Catalogue the tape.' });
    }
    services.changes.publish('media', 'pools');
    this.#countFruitless();
    const redo = [...this.#unflushed.values()];
    this.#unflushed.clear();
    for (const pending of of.current ? [...redo, of.current] : redo) {
      if (this.#isCommitted(pending)) continue;
      if (!ended || of.distrusted) distrust(pending, tape.state.identity.uuid);
      for (const file of lost) if (file.fileUuid === pending.point.fileUuid) cutBack(pending, file.fromSlice);
    }
    return redo;
  }

  /** What is on the tape now; undefined when the drive does not even let that be settled. Adds to what is lost. */
  async #finish(
    writer: TapeWriter,
    lost: VoidedFile[],
  ): Promise<Awaited<ReturnType<TapeWriter['finish']>> | undefined> {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      try {
        return await writer.finish();
      } catch (error) {
        if (!(error instanceof TapeEndedError) && !isDriveError(error)) throw error;
        this.#tellBroken(messageOf(error), isTapeEnd(error));
        if (error instanceof TapeEndedError) lost.push(...error.voided);
      }
    }
    return undefined;
  }

  /** A tape that ends with nothing on it is bad luck once or twice; then it is the drive. */
  #countFruitless(): void {
    const { signal } = this.#context.session;
    this.#fruitless = this.#committedHere.size > 0 || this.#slicesOnTape > 0 ? 0 : this.#fruitless + 1;
    const lease = this.#tape?.mounted.lease;
    if (this.#fruitless > 0 && lease) this.#context.services.leases.avoid(lease.library.id, lease.address);
    if (this.#fruitless < mostFruitlessTapes || signal.aborted) return;
    throw new OperationError(
      `Nothing could be written on ${mostFruitlessTapes} tapes in a row.`,
      'The drive is at fault, or the tapes are too small: clean or replace the drive, then run the job again.',
    );
  }

  /** Writing ended with an error; the end of the tape, where it came without an early warning, is one that is none. */
  #tellBroken(reason: string, isEndOfMedium: boolean): void {
    if (!isEndOfMedium) this.#isBroken = true;
    this.#context.requester.log('warning', reason, {
      advice: 'What was committed is safe; the rest is written again on the next tape.',
      isPassing: isEndOfMedium,
    });
  }

  async #leaveTape(putBack: boolean): Promise<void> {
    const tape = this.#tape;
    this.#tape = undefined;
    if (!tape) return;
    const { services, session, requester } = this.#context;
    if (!putBack || session.signal.aborted) {
      services.mounts.release(tape.mounted);
      return;
    }
    try {
      const slot = await services.mounts.unmount(tape.mounted);
      requester.log('info', `Put tape ${tape.medium.name} back into ${slot}.`);
    } catch (error) {
      requester.log('warning', `Tape ${tape.medium.name} could not be put back: ${messageOf(error)}`, {
        advice: 'Check the library, then inventory it.',
      });
    }
  }

  async #commit(pointUuids: readonly string[]): Promise<void> {
    const tape = this.#tape;
    if (pointUuids.length === 0 || !tape) return;
    const { services, session } = this.#context;
    const { store, clock } = services;
    const committed: [Pending, string[]][] = [];
    for (const pointUuid of pointUuids) {
      const pending = this.#unflushed.get(pointUuid);
      if (!pending) continue;
      this.#unflushed.delete(pointUuid);
      const document = documentFor(pending, session.id);
      const now = clock.now();
      store.later((work) => {
        const { id, poolId } = tape.set;
        registerPoint(work, store, { id, poolId }, tape.state.identity.uuid, document, now, pending.point.extras);
        store.media.update(work, tape.medium.id, { lastWrittenAt: now });
        store.pools.updateSet(work, tape.set.id, { lastWrittenAt: now });
      });
      committed.push([pending, [...new Set(document.slices.map((slice) => slice.tapeUuid))]]);
    }
    await store.flushed();
    for (const [{ point }, uuids] of committed) {
      this.#committedHere.add(point.pointUuid);
      point.onCommitted?.(uuids.map((uuid) => store.media.byUuid(uuid)?.name ?? uuid));
    }
    services.changes.publish('backups', 'media');
  }

  /** Of the point that was written last: what the drive takes after it, as the catalogue at the end, counts there. */
  #report(limit: 'source' | 'tape' | null = null): void {
    if (this.#current) this.#current.point.onProgress?.({ ...this.#current.counters, bottleneck: limit });
  }
}

function isTapeEnd(error: unknown): boolean {
  return error instanceof TapeEndedError && error.cause instanceof Error && isEndOfMedium(error.cause.cause);
}
