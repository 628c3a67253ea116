import type { Clock } from '../../faults/clock.ts';
import { DoorOpen } from '../library/attached-library.ts';
import type { MountRequester } from './mount-requester.ts';

/** Nobody tells that a door was closed. */
const lookEveryMs = 5000;

/**
 * Runs one move of a robot. While a door of the library is open somebody is at work there: it waits, as for a tape, until
 * the move works, at most as long as the requester allows; then it throws the {@link DoorOpen} it met. Rejects when aborted.
 */
export async function pastOpenDoor(requester: MountRequester, clock: Clock, move: () => Promise<void>): Promise<void> {
  let deadline: number | undefined;
  for (;;) {
    try {
      await move();
      if (deadline !== undefined) requester.waiting(null);
      return;
    } catch (error) {
      if (!(error instanceof DoorOpen)) throw error;
      requester.signal.throwIfAborted();
      const now = clock.now();
      const { library } = error;
      if (deadline === undefined && requester.doorWaitMs > 0) {
        requester.log('warning', `Waiting: a door of ${library.name} is open.`, {
          advice: 'Close it.',
          isPassing: true,
        });
      }
      deadline ??= now + requester.doorWaitMs;
      if (now >= deadline) throw error;
      requester.waiting(`Close the door of ${library.name}.`);
      await clock.sleep(Math.min(lookEveryMs, deadline - now), requester.signal);
      // Hands may have moved tapes meanwhile. A library whose door is open does not answer.
      await library.refresh(requester.signal).catch(() => requester.signal.throwIfAborted());
    }
  }
}
