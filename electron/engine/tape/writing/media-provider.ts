import type { TapeAction } from '../../../../shared/domain/allocation.ts';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { OperationError } from '../../errors.ts';
import { DoorOpen } from '../library/attached-library.ts';
import { isDriveError } from '../library/drive-errors.ts';
import { type MountedTape, WrongTape } from '../mounting/tape-mounts.ts';
import type { MediaSetRecord, MediumRecord } from '../store/tape-records.ts';
import { CurrentMediaSet } from './current-media-set.ts';
import { MountRetries } from './mount-retries.ts';
import { continueTape } from './tape-continuation.ts';
import { TapeLabelling } from './tape-labelling.ts';
import { TapeWait } from './tape-wait.ts';
import type { WritableTape, WritingContext } from './writing-context.ts';

/** How often one tape is tried before it is said to be at fault. */
const mostAttemptsOfATape = 3;

/**
 * Brings the next tape to write for one writer of a pool: asks the allocator, mounts, checks label and contents, starts
 * or continues the media set. Waits where there is no tape, and continues by itself when one appears.
 */
export class MediaProvider {
  readonly #context: WritingContext;
  readonly #set: CurrentMediaSet;
  readonly #retries = new MountRetries();
  readonly #labelling: TapeLabelling;
  #lastWrittenMediaId: string | null = null;

  constructor(context: WritingContext, releaseSet?: () => void) {
    this.#context = context;
    this.#set = new CurrentMediaSet(context.services, context.requester.owner, context.set, releaseSet);
    this.#labelling = new TapeLabelling(context, this.#set, this.#retries);
  }

  /** The set that is being written; null before the first tape. */
  get set(): MediaSetRecord | null {
    return this.#set.record;
  }

  /** Releases the set; call once nothing more is written. */
  release(): void {
    this.#set.release();
  }

  async next(): Promise<WritableTape> {
    const { services, session, requester, waitMs } = this.#context;
    const wait = new TapeWait(services, session, requester, waitMs);
    const attempts = new Map<string, number>();
    try {
      for (;;) {
        session.signal.throwIfAborted();
        const { decision, setReason } = services.choice.choose(this.#context.poolId, {
          set: this.#set.fresh(),
          sessionStart: session.record.startedAt,
          lastWrittenMediaId: this.#lastWrittenMediaId,
          passedOver: this.#retries.skipped,
        });
        if (decision.kind !== 'use') {
          await wait.forChange(decision);
          continue;
        }
        if (wait.hasWaited) session.setState('working');
        const medium = services.store.media.get(decision.mediaId);
        if (!medium) continue;
        const attempt = (attempts.get(medium.id) ?? 0) + 1;
        attempts.set(medium.id, attempt);
        if (attempt > mostAttemptsOfATape) {
          throw new OperationError(`Tape ${medium.name} cannot be made ready.`, 'Inventory it.');
        }
        requester.log('info', `Next tape: ${medium.name}. ${decision.reason} ${setReason}`);
        if (decision.newSet) this.#set.close(setReason);
        const tape = await this.#prepare(medium, decision.action);
        if (tape) return tape;
      }
    } finally {
      wait.stop();
    }
  }

  /** Mounts the tape and makes it ready; undefined when it turned out unfit, which the database now knows. */
  async #prepare(medium: MediumRecord, action: TapeAction): Promise<WritableTape | undefined> {
    const { services, session, requester } = this.#context;
    const mounted = await this.#mount(medium, action);
    if (!mounted) return undefined;
    try {
      const tape =
        action === 'append'
          ? await continueTape(this.#context, mounted, this.#set.record?.id)
          : await this.#labelling.start(mounted, medium, action);
      if (tape) {
        this.#lastWrittenMediaId = tape.medium.id;
        this.#retries.ready();
        return tape;
      }
      await services.mounts.unmount(mounted);
      return undefined;
    } catch (error) {
      if (session.signal.aborted) {
        services.mounts.release(mounted);
        throw error;
      }
      await services.mounts.unmount(mounted).catch((failed: unknown) => requester.log('warning', messageOf(failed)));
      const giveUp = this.#retries.prepareFailed();
      if (!isDriveError(error) || giveUp) throw error;
      services.leases.avoid(mounted.lease.library.id, mounted.lease.address);
      requester.log('error', `Tape ${medium.name} could not be made ready: ${messageOf(error)}`, {
        advice: 'Trying again, in another drive if there is one.',
      });
      return undefined;
    }
  }

  /** Undefined when it is worth choosing again: the tape is another one, or did not get into a drive this time. */
  async #mount(medium: MediumRecord, action: TapeAction): Promise<MountedTape | undefined> {
    const { services, session, requester } = this.#context;
    try {
      return await services.mounts.mount(medium.id, requester, { expectIdentity: action === 'append' });
    } catch (error) {
      session.signal.throwIfAborted();
      const advice = error instanceof OperationError ? error.advice : null;
      if (error instanceof WrongTape) {
        requester.log('warning', error.message, { advice, isPassing: true });
        return undefined;
      }
      if (error instanceof DoorOpen) throw error;
      const next = this.#retries.fetchFailed(medium);
      if (next === 'give-up') throw error;
      requester.log('error', messageOf(error), { advice });
      if (next === 'skip') {
        requester.log('warning', `Tape ${medium.name} is skipped in this session: it did not get into a drive.`, {
          advice: 'Check it, and inventory it.',
        });
      }
      return undefined;
    }
  }
}
