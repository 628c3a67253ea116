import { randomUUID } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import type { Clock } from '../../faults/clock.ts';
import type { Alert } from '../../scsi/alerts.ts';
import type { ElementStatus } from '../../scsi/element-status.ts';
import { TransportError } from '../../scsi/transport.ts';
import type { Changes } from '../../sessions/changes.ts';
import type { ResourceLocks } from '../../sessions/locks.ts';
import type { UnitOfWork } from '../../database/unit-of-work.ts';
import { OperationError } from '../../errors.ts';
import { AttachedLibrary, DoorOpen } from './attached-library.ts';
import { type DriveLeases, libraryKey } from './drive-leases.ts';
import type { LibraryDevice } from '../library-kinds/library-device.ts';
import { usedIscsi } from '../library-kinds/iscsi-access.ts';
import type { LibrarySecrets } from '../store/tape-records.ts';
import { kindOf } from '../library-kinds/library-kinds.ts';
import { createVirtual, type VirtualLibraryShape } from '../library-kinds/virtual.ts';
import { placeMedia } from './media-placement.ts';
import type { LibraryConnection, LibraryRecord } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

export interface NewVirtualLibrary extends VirtualLibraryShape {
  name: string;
  /** A new or empty folder, or one that holds a virtual library. */
  path: string;
}

/** A library that exists and is attached. */
export interface NewLibrary {
  name: string;
  connection: LibraryConnection;
  secrets: LibrarySecrets;
}

/** How often an attached library is looked at unasked, so that an opened door or a moved cartridge is noticed. */
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
    // All at once: one that does not answer keeps no other waiting.
    const libraries = this.#store.libraries.all().map((record) => this.#add(record));
    await Promise.all(
      libraries.map((library) => this.#open(library).catch((error: unknown) => library.detach(messageOf(error)))),
    );
    this.#watch();
  }

  /** Opens a library again that was offline, or reads its elements. Throws where it cannot be reached. */
  async refresh(id: string, signal?: AbortSignal): Promise<void> {
    const library = this.get(id);
    try {
      if (library.online) await library.refresh(signal, { reviveDrives: true });
      else await this.#open(library);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof DoorOpen) {
        // The library stays as it is, and its alert is shown.
        this.#changes.publish('libraries', 'media');
        throw error;
      }
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
    const connection = { kind: 'virtual', path } as const;
    this.#requireFree(input.name, connection);
    let existed: boolean;
    try {
      existed = !(await createVirtual(path, input.name, input));
    } catch (error) {
      throw invalid(messageOf(error), 'Choose a new or empty folder, or one that holds a virtual library.', 'path');
    }
    try {
      return { id: await this.attach({ name: input.name, connection, secrets: {} }), existed };
    } catch (error) {
      throw invalid(messageOf(error), 'Choose a new or empty folder, or one that holds a virtual library.', 'path');
    }
  }

  /** Attaches a library that exists; nothing is stored unless it can be reached. Returns its id. */
  async attach(library: NewLibrary): Promise<string> {
    const { name, secrets } = library;
    const connection = this.completed(library.connection);
    this.#requireFree(name, connection);
    const kind = kindOf(connection);
    const device = await kind.open(connection, { name, secrets });
    const { vendor, product, serial } = device;
    const record: LibraryRecord = {
      id: randomUUID(),
      name,
      connection,
      location: kind.locationOf(connection),
      vendor,
      product,
      serial,
      createdAt: this.#clock.now(),
    };
    const added = this.#add(record);
    try {
      await this.#store.durably((work) => this.#store.libraries.insert(work, record, secrets));
      await added.attach(device);
    } catch (error) {
      this.#attached.delete(record.id);
      await this.#store.durably((work) => this.#store.libraries.remove(work, record.id));
      await device.close().catch(() => undefined);
      throw error;
    }
    this.#watch();
    this.#changes.publish('libraries', 'media', 'pools');
    return record.id;
  }

  /** A connection with what is left to this installation filled in. */
  completed<C extends LibraryConnection>(connection: C): C {
    if (connection.kind !== 'iscsi' || connection.initiatorName !== '') return connection;
    return { ...connection, initiatorName: this.#store.initiatorName() };
  }

  /** Secrets to open a library with: those given, and for the others those stored with it. */
  secretsFor(id: string | undefined, given: LibrarySecrets): LibrarySecrets {
    const stored = id === undefined ? {} : this.#store.libraries.secrets(this.get(id).id);
    const told = Object.fromEntries(Object.entries(given).filter(([, secret]) => secret !== undefined));
    return { ...stored, ...told };
  }

  /** Name of the library that has a device already, by portal, target and unit or by path. */
  devicesInUse(exceptId?: string): Map<string, string> {
    const users = new Map<string, string>();
    for (const { id, name, connection } of this.#store.libraries.all()) {
      if (id === exceptId || connection.kind === 'virtual') continue;
      for (const device of [connection.changer, ...connection.drives]) {
        const isPath = typeof device === 'string' || connection.kind !== 'iscsi';
        users.set(isPath ? String(device) : usedIscsi(connection.portal, device), name);
      }
    }
    return users;
  }

  /** Opens a library for a look at it and closes it again; stores nothing and moves nothing. */
  async trial<T>(library: NewLibrary, look: (device: LibraryDevice) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const connection = this.completed(library.connection);
    const device = await kindOf(connection).open(connection, { ...library, signal });
    try {
      return await look(device);
    } finally {
      await device.close().catch(() => undefined);
    }
  }

  /**
   * Renames a library and changes how it is reached; goes back to the old connection where the new one fails. `also` happens
   * in the unit of work that saves it, before.
   */
  async update(
    id: string,
    change: { name: string; connection?: LibraryConnection; secrets: LibrarySecrets },
    also: (work: UnitOfWork) => void,
  ): Promise<void> {
    const library = this.get(id);
    const { record } = library;
    const connection = this.completed(change.connection ?? record.connection);
    if (connection.kind !== record.connection.kind) {
      throw invalid(`${record.name} is of another kind.`, 'Add a library of the other kind instead.', 'connection');
    }
    this.#requireFree(change.name, connection, id);
    const secrets = this.secretsFor(id, change.secrets);
    const sameWay =
      JSON.stringify(connection) === JSON.stringify(record.connection) &&
      Object.values(change.secrets).every((secret) => secret === undefined);
    const next = { ...record, name: change.name, connection, location: kindOf(connection).locationOf(connection) };
    const save = (): Promise<void> =>
      this.#store.durably((work) => {
        also(work);
        this.#store.libraries.update(work, { ...record, name: next.name }, secrets);
      });
    if (sameWay) await save();
    else {
      await this.#exclusively(library, 'Change', async () => {
        await library.detach('Its connection is being changed.');
        try {
          const device = await kindOf(connection).open(connection, { name: change.name, secrets });
          Object.assign(record, next);
          await library.attach(device);
          await save();
        } catch (error) {
          Object.assign(record, this.#store.libraries.get(id));
          await this.#open(library).catch((failed: unknown) => library.detach(messageOf(failed)));
          throw error;
        }
      });
    }
    Object.assign(record, { name: next.name });
    this.#changes.publish('libraries', 'media', 'pools');
  }

  /** Reconnects to a library and reads all of it. */
  async rescan(id: string): Promise<void> {
    const library = this.get(id);
    await this.#exclusively(library, 'Rescan', () => library.detach('It is being rescanned.'));
    await this.refresh(id);
  }

  #requireFree(name: string, connection: LibraryConnection, except?: string): void {
    const location = kindOf(connection).locationOf(connection);
    for (const other of this.#store.libraries.all()) {
      if (other.id === except) continue;
      if (other.name.toLowerCase() === name.toLowerCase()) {
        throw invalid(`There is already a library named “${other.name}”.`, 'Choose another name.', 'name');
      }
      if (other.location !== location) continue;
      if (connection.kind === 'virtual') {
        throw invalid(`${location} is the library “${other.name}”.`, 'Choose another folder.', 'path');
      }
      throw invalid(`${location} is the library “${other.name}”.`, 'Choose another changer.', 'connection.changer');
    }
  }

  /** Runs while no session uses the library, or refuses. */
  async #exclusively<T>(library: AttachedLibrary, what: string, act: () => Promise<T>): Promise<T> {
    const request = { key: libraryKey(library.id), mode: 'exclusive' } as const;
    const lock = this.#locks.tryAcquire([request], `${what} of ${library.name}`);
    if ('heldBy' in lock) {
      throw new OperationError(
        `${lock.heldBy} uses the library ${library.name}.`,
        'Wait until it has ended, or stop it.',
      );
    }
    try {
      return await act();
    } finally {
      lock.release();
    }
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
    await this.#exclusively(library, 'Removal', async () => {
      await library.detach('Removed.');
      this.#attached.delete(id);
      await this.#store.durably((work) => {
        for (const medium of this.#store.media.inLibrary(id)) {
          this.#store.media.update(work, medium.id, { libraryId: null, elementType: null, elementAddress: null });
        }
        this.#store.libraries.remove(work, id);
      });
    });
    this.#changes.publish('libraries', 'media', 'pools');
    return library.record;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWatching();
    await Promise.all(this.all().map((library) => library.detach('The engine is closed.').catch(() => undefined)));
  }

  #add(record: LibraryRecord): AttachedLibrary {
    const hooks = {
      onElements: (self: AttachedLibrary, elements: ElementStatus[]) => this.#placed(self, elements),
      onDriveAlerts: (self: AttachedLibrary, alerts: ReadonlyMap<number, readonly Alert[]>) =>
        // Sessions tell of them too, and the drive raises again what still holds.
        this.#store.lazily((work) => this.#store.libraries.setDriveAlerts(work, self.id, alerts)),
    };
    const library = new AttachedLibrary(record, hooks, this.#store.libraries.driveAlerts(record.id));
    this.#attached.set(record.id, library);
    return library;
  }

  async #open(library: AttachedLibrary): Promise<void> {
    const { connection, name, serial, location } = library.record;
    const secrets = this.#store.libraries.secrets(library.id);
    const device = await kindOf(connection).open(connection, { name, secrets });
    if (serial && device.serial !== serial) {
      await device.close().catch(() => undefined);
      throw new Error(`${location} is another library (${device.serial}) than the one configured (${serial}).`);
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
