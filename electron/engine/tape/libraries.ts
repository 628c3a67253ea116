import { randomUUID } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import type { Clock } from '../faults/clock.ts';
import type { ElementStatus } from '../scsi/element-status.ts';
import { TransportError } from '../scsi/transport.ts';
import type { Changes } from '../sessions/changes.ts';
import type { ResourceLocks } from '../sessions/locks.ts';
import { OperationError } from '../sessions/running-session.ts';
import { AttachedLibrary, messageOf } from './attached-library.ts';
import { type DriveLeases, libraryKey } from './drive-leases.ts';
import type { LibraryDevice } from './library-device.ts';
import { placeMedia } from './media-placement.ts';
import type { LibraryRecord } from './tape-records.ts';
import type { TapeStore } from './tape-store.ts';
import { createVirtual, openVirtual, type VirtualLibraryShape } from './virtual-device.ts';

export interface NewVirtualLibrary extends VirtualLibraryShape {
  name: string;
  /** A new or empty folder, or one that holds a virtual library. */
  path: string;
}

/** How often an attached library is looked at without being asked, so that hands at its doors are noticed. */
const watchEveryMs = 180_000;

/** The configured libraries: attaching, watching, adding and removing them. */
export class Libraries {
  readonly #store: TapeStore;
  readonly #clock: Clock;
  readonly #changes: Changes;
  readonly #locks: ResourceLocks;
  readonly #leases: DriveLeases;
  readonly #attached = new Map<string, AttachedLibrary>();
  #stopWatching = (): void => {};
  #closed = false;

  constructor(parts: {
    store: TapeStore;
    clock: Clock;
    changes: Changes;
    locks: ResourceLocks;
    leases: DriveLeases;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#changes = parts.changes;
    this.#locks = parts.locks;
    this.#leases = parts.leases;
  }

  all(): AttachedLibrary[] {
    return [...this.#attached.values()];
  }

  online(): AttachedLibrary[] {
    return this.all().filter((library) => library.online);
  }

  find(id: string): AttachedLibrary | undefined {
    return this.#attached.get(id);
  }

  get(id: string): AttachedLibrary {
    const library = this.#attached.get(id);
    if (!library) {
      throw new OperationError('There is no such library.', 'It may have been removed.', { kind: 'not-found' });
    }
    return library;
  }

  /** Opens every configured library; one that cannot be opened is offline with the reason, and keeps its tapes' places. */
  async attachAll(): Promise<void> {
    for (const record of this.#store.libraries.all()) {
      const library = this.#add(record);
      await this.#open(library).catch((error: unknown) => library.detach(messageOf(error)));
    }
    this.#watch();
  }

  /** Opens a library again that was offline, or reads its elements. Throws where it cannot be reached. */
  async refresh(id: string, signal?: AbortSignal): Promise<void> {
    const library = this.get(id);
    try {
      if (library.online) await library.refresh(signal);
      else await this.#open(library);
    } catch (error) {
      signal?.throwIfAborted();
      // A robot that does not answer is no reason to take the drives away from sessions that use them.
      const inUse = library.driveAddresses.some((address) => this.#leases.userOf(library.id, address) !== null);
      if (!library.online || (error instanceof TransportError && !inUse)) await library.detach(messageOf(error));
      this.#changes.publish('libraries', 'media');
      throw new OperationError(
        `The library ${library.name} cannot be reached: ${messageOf(error)}`,
        'Check that it is there and switched on.',
        { kind: 'unavailable', cause: error },
      );
    }
  }

  /** Makes a virtual library in a folder, or attaches the one that is there. */
  async addVirtual(input: NewVirtualLibrary): Promise<{ id: string; existed: boolean }> {
    if (!isAbsolute(input.path))
      throw invalid(`“${input.path}” is not an absolute path.`, 'Enter the whole path.', 'path');
    const path = resolve(input.path);
    for (const other of this.#store.libraries.all()) {
      if (other.name.toLowerCase() === input.name.toLowerCase()) {
        throw invalid(`There is already a library named “${other.name}”.`, 'Choose another name.', 'name');
      }
      if (other.path === path)
        throw invalid(`${path} is the library “${other.name}”.`, 'Choose another folder.', 'path');
    }
    let existed: boolean;
    let device: LibraryDevice;
    try {
      existed = !(await createVirtual(path, input.name, input));
      device = await openVirtual(path);
    } catch (error) {
      throw invalid(messageOf(error), 'Choose a new or empty folder, or one that holds a virtual library.', 'path');
    }
    const record: LibraryRecord = {
      id: randomUUID(),
      name: input.name,
      kind: 'virtual',
      path,
      vendor: device.vendor,
      product: device.product,
      serial: device.serial,
      createdAt: this.#clock.now(),
    };
    const library = this.#add(record);
    try {
      this.#store.libraries.insert(record);
      await library.attach(device);
    } catch (error) {
      this.#attached.delete(record.id);
      this.#store.libraries.remove(record.id);
      await device.close().catch(() => undefined);
      throw error;
    }
    this.#watch();
    this.#changes.publish('libraries', 'media', 'pools');
    return { id: record.id, existed };
  }

  /** Takes a library out of the configuration; its tapes stay as they are and are offline here. */
  async remove(id: string): Promise<LibraryRecord> {
    const library = this.get(id);
    const pool = this.#store.pools.all().find((other) => other.rules?.libraryIds.includes(id));
    if (pool) {
      throw new OperationError(
        `The media pool “${pool.name}” uses the library ${library.name}.`,
        'Take the library out of the pool first. Nothing was removed.',
      );
    }
    const lock = this.#locks.tryAcquire([{ key: libraryKey(id), mode: 'exclusive' }], `Removal of ${library.name}`);
    if ('heldBy' in lock) {
      throw new OperationError(
        `${lock.heldBy} uses the library ${library.name}.`,
        'Wait until it has ended, or stop it.',
      );
    }
    try {
      await library.detach('Removed.');
      this.#attached.delete(id);
      this.#store.transaction(() => {
        for (const medium of this.#store.media.inLibrary(id)) {
          this.#store.media.update(medium.id, { libraryId: null, elementType: null, elementAddress: null });
        }
        this.#store.libraries.remove(id);
      });
    } finally {
      lock.release();
    }
    this.#changes.publish('libraries', 'media', 'pools');
    return library.record;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWatching();
    await Promise.all(this.all().map((library) => library.detach('The engine is closed.').catch(() => undefined)));
  }

  #add(record: LibraryRecord): AttachedLibrary {
    const library = new AttachedLibrary(record, (self, elements) => this.#placed(self, elements));
    this.#attached.set(record.id, library);
    return library;
  }

  async #open(library: AttachedLibrary): Promise<void> {
    const device = await openVirtual(library.record.path);
    const { serial } = library.record;
    if (serial && device.serial !== serial) {
      await device.close().catch(() => undefined);
      throw new Error(
        `${library.record.path} holds another library (${device.serial}) than the one configured (${serial}).`,
      );
    }
    await library.attach(device);
    this.#changes.publish('libraries', 'media');
  }

  #placed(library: AttachedLibrary, elements: ElementStatus[]): void {
    const placement = placeMedia(this.#store, library, elements, this.#clock.now());
    const { added, arrived, left, moved } = placement;
    if (added.length + arrived.length + left.length + moved.length === 0) return;
    this.#changes.publish('libraries', 'media', 'pools');
    this.#leases.serve();
  }

  /** Looks at all libraries from time to time; failures show as offline. */
  #watch(): void {
    this.#stopWatching();
    this.#stopWatching = this.#clock.callAt(this.#clock.now() + watchEveryMs, () => {
      void Promise.allSettled(this.all().map((library) => this.refresh(library.id))).then(() => {
        if (!this.#closed) this.#watch();
      });
    });
  }
}

function invalid(message: string, advice: string, field: string): OperationError {
  return new OperationError(message, advice, { kind: 'invalid', field: `settings.${field}` });
}
