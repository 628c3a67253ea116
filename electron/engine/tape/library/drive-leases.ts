import type { Clock } from '../../faults/clock.ts';
import type { LeaseOwner, LockRequest, ResourceLocks } from '../../sessions/locks.ts';
import { OperationError } from '../../errors.ts';
import type { AttachedLibrary } from './attached-library.ts';

export interface DriveWish {
  /** Libraries that may serve, preferred first. */
  libraries: readonly AttachedLibrary[];
  /** This tape is taken together with the drive. */
  mediumId: string;
  /** The drive that holds the tape now, if one does: then no other will do. Asked again at every attempt. */
  inDrive: () => { libraryId: string; address: number } | null;
  owner: LeaseOwner | string;
  signal: AbortSignal;
  /** Called once, with the name of the holder. */
  onWait?: (heldBy: string) => void;
}

export interface DriveLease {
  library: AttachedLibrary;
  address: number;
  release(): void;
}

interface Waiter {
  wish: DriveWish;
  resolve: (lease: DriveLease) => void;
  reject: (error: unknown) => void;
  onAbort: () => void;
  stopTimer: () => void;
}

export const driveKey = (libraryId: string, address: number): string => `drive:${libraryId}:${address}`;
export const mediumKey = (mediumId: string): string => `media:${mediumId}`;
/** Held shared while a set is read: none of its tapes is overwritten meanwhile. */
export const setReadKey = (setId: string): string => `set:${setId}`;
/** Held by the one writer of a set. */
export const setWriteKey = (setId: string): string => `set:${setId}:writer`;
export const libraryKey = (libraryId: string): string => `library:${libraryId}`;

/** A restore or a backup may keep its drive for days; beyond this something is wrong. */
export const driveWaitMs = 72 * 3_600_000;

const avoidMs = 900_000;

/**
 * Who uses which drive. A drive and its tape are taken together, in the house's order (library, drive, tape), any free
 * drive will do, and requests are served in the order they came as far as drives allow.
 */
export class DriveLeases {
  readonly #locks: ResourceLocks;
  readonly #clock: Clock;
  readonly #avoided = new Map<string, number>();
  #waiting: Waiter[] = [];

  constructor(locks: ResourceLocks, clock: Clock) {
    this.#locks = locks;
    this.#clock = clock;
  }

  /** Session that uses this drive, in words. */
  userOf(libraryId: string, address: number): string | null {
    return this.#locks.holders(driveKey(libraryId, address))[0] ?? null;
  }

  holderOf(key: string): string | null {
    return this.#locks.holders(key)[0] ?? null;
  }

  userOfMedium(mediumId: string): string | null {
    return this.#locks.holders(mediumKey(mediumId))[0] ?? null;
  }

  /** Waits until the tape and a drive for it are free, at most {@link driveWaitMs}, or until the signal is aborted. */
  async acquire(wish: DriveWish): Promise<DriveLease> {
    wish.signal.throwIfAborted();
    if (!wish.libraries.some((library) => library.driveAddresses.length > 0)) {
      throw new OperationError('No drive can be reached.', 'Check the library, then inventory it.', {
        kind: 'unavailable',
      });
    }
    const taken = this.#try(wish);
    if ('library' in taken) return taken;
    wish.onWait?.(taken.heldBy);
    return new Promise<DriveLease>((resolve, reject) => {
      const drop = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        waiter.stopTimer();
        wish.signal.removeEventListener('abort', waiter.onAbort);
      };
      const waiter: Waiter = {
        wish,
        resolve,
        reject,
        onAbort: () => {
          drop();
          reject(wish.signal.reason);
        },
        stopTimer: this.#clock.callAt(this.#clock.now() + driveWaitMs, () => {
          drop();
          const hours = driveWaitMs / 3_600_000;
          const holder = taken.heldBy;
          reject(
            new OperationError(
              `No drive became free within ${hours} hours; ${holder} was using it.`,
              'Try again later.',
            ),
          );
        }),
      };
      wish.signal.addEventListener('abort', waiter.onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** A drive that has just failed is taken only when there is no other. */
  avoid(libraryId: string, address: number): void {
    this.#avoided.set(driveKey(libraryId, address), this.#clock.now() + avoidMs);
  }

  #isAvoided(libraryId: string, address: number): boolean {
    return (this.#avoided.get(driveKey(libraryId, address)) ?? 0) > this.#clock.now();
  }

  /** Whether any drive of the library is free now. */
  hasFreeDrive(library: AttachedLibrary): boolean {
    return library.driveAddresses.some((address) => this.userOf(library.id, address) === null);
  }

  #try(wish: DriveWish): DriveLease | { heldBy: string } {
    let heldBy: string | undefined;
    for (const library of wish.libraries) {
      if (!library.online) continue;
      for (const address of this.#order(library, wish)) {
        const requests: LockRequest[] = [
          { key: libraryKey(library.id), mode: 'shared' },
          { key: driveKey(library.id, address), mode: 'exclusive' },
          { key: mediumKey(wish.mediumId), mode: 'exclusive' },
        ];
        const taken = this.#locks.tryAcquire(requests, wish.owner);
        if ('release' in taken) return this.#lease(library, address, taken.release);
        heldBy ??= taken.heldBy;
      }
    }
    return { heldBy: heldBy ?? 'another session' };
  }

  /** The drive that holds the tape; else empty drives before those that hold a tape nobody uses. */
  #order(library: AttachedLibrary, wish: DriveWish): readonly number[] {
    const inDrive = wish.inDrive();
    if (inDrive) return inDrive.libraryId === library.id ? [inDrive.address] : [];
    const rank = (address: number): number =>
      (this.#isAvoided(library.id, address) ? 2 : 0) + (library.element(address)?.full ? 1 : 0);
    return [...library.driveAddresses].sort((a, b) => rank(a) - rank(b));
  }

  #lease(library: AttachedLibrary, address: number, release: () => void): DriveLease {
    let held = true;
    return {
      library,
      address,
      release: () => {
        if (!held) return;
        held = false;
        release();
        this.serve();
      },
    };
  }

  /** Gives free drives to those who wait; also called when drives or tapes came (back). */
  serve(): void {
    const still: Waiter[] = [];
    for (const waiter of this.#waiting) {
      const taken = this.#try(waiter.wish);
      if ('library' in taken) {
        waiter.wish.signal.removeEventListener('abort', waiter.onAbort);
        waiter.stopTimer();
        waiter.resolve(taken);
      } else {
        still.push(waiter);
      }
    }
    this.#waiting = still;
  }
}
