import type { AllocationWant } from '../../../../shared/domain/allocation.ts';
import { OperationError } from '../../errors.ts';
import type { RunningSession } from '../../sessions/running-session.ts';
import type { MountRequester } from '../mounting/mount-requester.ts';
import { importWantedMedia } from '../operations/import-media.ts';
import { ChangeWatch } from '../operations/media-wait.ts';
import type { TapeServices } from '../tape-services.ts';

/** How often libraries are looked at while waiting: not all of them report that somebody opened a door. */
const lookEveryMs = 60_000;

/**
 * Waits until there may be a tape to write: imports and reads what is in a library, asks for the rest, and looks again when
 * something has changed. For one tape; `stop` when it is there.
 */
export class TapeWait {
  readonly #services: TapeServices;
  readonly #session: RunningSession;
  readonly #requester: MountRequester;
  readonly #limitMs: number;
  readonly #watch: ChangeWatch;
  readonly #tried = new Set<string>();
  #deadline: number | undefined;

  /** `limitMs`: how long, from the first wait on. */
  constructor(services: TapeServices, session: RunningSession, requester: MountRequester, limitMs: number) {
    this.#services = services;
    this.#session = session;
    this.#requester = requester;
    this.#limitMs = limitMs;
    this.#watch = new ChangeWatch(services, session.signal);
  }

  get hasWaited(): boolean {
    return this.#deadline !== undefined;
  }

  /** Resolves when it is worth choosing again. Throws when nobody brought a tape in time, and when aborted. */
  async forChange({ wants, reason }: { wants: readonly AllocationWant[]; reason: string }): Promise<void> {
    const { clock, libraries } = this.#services;
    if (await importWantedMedia(this.#services, wants, this.#tried, this.#requester)) return;
    this.#deadline ??= clock.now() + this.#limitMs;
    const left = this.#deadline - clock.now();
    const text = wants.map((want) => want.text).join(' ');
    if (left <= 0) {
      throw new OperationError(`${reason} Nobody brought a tape within the time allowed.`, text, {
        kind: 'unavailable',
      });
    }
    const session = this.#session;
    if (session.record.stateText !== text) {
      this.#requester.log('warning', `Waiting for a tape. ${reason}`, { advice: text, isPassing: true });
    }
    session.setState('waiting-tape', text);
    await this.#watch.next(['media', 'pools', 'libraries'], Math.min(left, lookEveryMs));
    for (const library of libraries.all()) {
      await libraries.refresh(library.id, session.signal).catch(() => session.signal.throwIfAborted());
    }
  }

  stop(): void {
    this.#watch.stop();
  }
}
