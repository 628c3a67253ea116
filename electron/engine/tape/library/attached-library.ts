import { messageOf } from '../../../../shared/domain/message-of.ts';
import type { Alert } from '../../scsi/alerts.ts';
import type { ElementStatus } from '../../scsi/element-status.ts';
import type { TapeDrive } from '../../scsi/ssc.ts';
import { ScsiError, senseKey } from '../../scsi/sense.ts';
import { TransportError } from '../../scsi/transport.ts';
import { OperationError } from '../../errors.ts';
import type { LibraryDevice, MediumCondition, OperatorPort } from '../library-kinds/library-device.ts';
import { elementNames } from '../library-kinds/element-names.ts';
import type { LibraryRecord } from '../store/tape-records.ts';

/** A move that did not come about, in words; the element status was read again before this was thrown. */
export class MoveFailed extends OperationError {}

/** The robot stands still because a door is open; nothing was moved. */
export class DoorOpen extends MoveFailed {
  readonly library: AttachedLibrary;
  constructor(library: AttachedLibrary, doing: string, cause: unknown) {
    super(`${doing} ${library.name} failed: ${messageOf(cause)}`, 'Close the door, then try again.', {
      kind: 'unavailable',
      cause,
    });
    this.library = library;
  }
}

/** Hears what a library tells, to keep it. */
export interface LibraryHooks {
  onElements(library: AttachedLibrary, elements: ElementStatus[]): void;
  onDriveAlerts(library: AttachedLibrary, alerts: ReadonlyMap<number, readonly Alert[]>): void;
}

/**
 * One configured library while the engine runs. Robot commands go one at a time; after every move the elements are read
 * again, also when it failed, because a robot may have moved before it failed.
 */
export class AttachedLibrary {
  readonly record: LibraryRecord;
  #device: LibraryDevice | undefined;
  #offlineReason: string | null = 'Not opened yet.';
  #elements: ElementStatus[] = [];
  #names = new Map<number, string>();
  #robot: Promise<unknown> = Promise.resolve();
  /** What the library, and each drive by its address, last raised of their own accord. */
  #alerts: readonly Alert[] = [];
  readonly #driveAlerts: Map<number, readonly Alert[]>;
  readonly #hooks: LibraryHooks;

  /** `driveAlerts`: what its drives raised when they were last asked, by element address. */
  constructor(record: LibraryRecord, hooks: LibraryHooks, driveAlerts = new Map<number, readonly Alert[]>()) {
    this.record = record;
    this.#hooks = hooks;
    this.#driveAlerts = driveAlerts;
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  get online(): boolean {
    return this.#device !== undefined;
  }

  /** Why it is offline; null when it is online. */
  get offlineReason(): string | null {
    return this.online ? null : this.#offlineReason;
  }

  /** As last read; empty while offline. */
  get elements(): readonly ElementStatus[] {
    return this.#elements;
  }

  get driveAddresses(): readonly number[] {
    return this.#device?.driveAddresses ?? [];
  }

  /** What the library itself reports to be wrong, in words. */
  get alert(): string | null {
    return wordsOf(this.#alerts);
  }

  /** What a drive reported to be wrong when a tape was last in it, in words. */
  driveAlert(address: number): string | null {
    return wordsOf(this.#driveAlerts.get(address) ?? []);
  }

  /** A drive tells its alerts once: from here on they are known of it until it is asked with another tape. */
  noteDriveAlerts(address: number, alerts: readonly Alert[]): void {
    if (alerts.length === 0) this.#driveAlerts.delete(address);
    else this.#driveAlerts.set(address, alerts);
    this.#hooks.onDriveAlerts(this, this.#driveAlerts);
  }

  /** Why the drive at this element cannot be used, where it cannot. */
  driveProblem(address: number): string | null {
    if (!this.#device || this.#device.driveAddresses.includes(address)) return null;
    const configured = this.#device.configuredDrives?.find((drive) => drive.address === address);
    if (configured) return `Cannot be reached: ${configured.problem ?? 'not open'}`;
    return 'Not configured: this library’s settings name no device for it.';
  }

  get operator(): OperatorPort | null {
    return this.#device?.operator ?? null;
  }

  /** What the library knows to be wrong with the cartridge that was loaded last under this barcode. */
  mediumCondition(barcode: string): MediumCondition | null {
    return this.#device?.mediumCondition?.(barcode) ?? null;
  }

  elementName(address: number): string {
    return this.#names.get(address) ?? `Element ${address}`;
  }

  element(address: number): ElementStatus | undefined {
    return this.#elements.find((element) => element.address === address);
  }

  /** Takes over an open device and reads its elements. */
  async attach(device: LibraryDevice, signal?: AbortSignal): Promise<void> {
    this.#device = device;
    this.#offlineReason = null;
    Object.assign(this.record, { vendor: device.vendor, product: device.product, serial: device.serial });
    try {
      await this.refresh(signal);
    } catch (error) {
      await this.detach(messageOf(error));
      throw error;
    }
  }

  /** Closes the device; the reason is shown. */
  async detach(reason: string): Promise<void> {
    const device = this.#device;
    this.#device = undefined;
    this.#offlineReason = reason;
    this.#elements = [];
    this.#names = new Map();
    this.#alerts = [];
    await device?.close();
  }

  /** Reads the status of all elements, and tells the database where every cartridge is. May throw {@link DoorOpen}. */
  async refresh(signal?: AbortSignal, options: { reviveDrives?: boolean } = {}): Promise<readonly ElementStatus[]> {
    return this.#exclusively(signal, async () => {
      if (options.reviveDrives) await this.#require().reviveDrives?.(signal);
      try {
        return await this.#read(signal);
      } catch (error) {
        throw isDoorOpen(error) ? new DoorOpen(this, 'Reading the elements of', error) : error;
      } finally {
        // Also, and all the more, when it does not answer as it should. Where it cannot tell, it has none.
        const alerts = await this.#device?.changer.alerts(signal).catch(() => []);
        this.#alerts = alerts ?? [];
      }
    });
  }

  async #read(signal?: AbortSignal): Promise<readonly ElementStatus[]> {
    const elements = await this.#require().changer.elementStatus(signal);
    this.#elements = elements;
    this.#names = elementNames(elements);
    this.#hooks.onElements(this, elements);
    return elements;
  }

  /** Moves a cartridge and reads the elements again, whether it worked or not. Throws {@link MoveFailed}. */
  async move(from: number, to: number, signal?: AbortSignal): Promise<void> {
    await this.#exclusively(signal, async () => {
      const device = this.#require();
      const what = `${this.element(from)?.barcode ?? 'the cartridge'} from ${this.elementName(from)} to ${this.elementName(to)}`;
      const [source, target] = [this.element(from), this.element(to)];
      if (source && !source.full) throw new MoveFailed(`${this.elementName(from)} in ${this.name} is empty.`);
      if (target?.full) {
        throw new MoveFailed(`${this.elementName(to)} in ${this.name} is full.`, 'Choose an empty element.');
      }
      try {
        // Without the caller's signal: a robot does not stop half-way, and where the cartridge is must be known.
        await device.changer.move(from, to);
      } catch (error) {
        if (isDoorOpen(error)) throw new DoorOpen(this, `Moving ${what} in`, error);
        const known = await this.#read().catch(() => undefined);
        const isThere = known && this.#arrived(source, target);
        // No answer came, but the robot did its work: slow robots outlast the time that some connections wait.
        if (isThere && error instanceof TransportError) return;
        const place = isThere ? ` It is in ${this.elementName(to)} all the same.` : '';
        throw new MoveFailed(
          `Moving ${what} in ${this.name} failed: ${messageOf(error)}${place}`,
          'Check the library for a stuck cartridge, then inventory it and try again.',
          { cause: error },
        );
      }
      await this.#read();
    });
  }

  /** Whether a cartridge that was to be moved is where it was to go, by the elements as they are now. */
  #arrived(source: ElementStatus | undefined, target: ElementStatus | undefined): boolean {
    if (!source || !target) return false;
    const [left, reached] = [this.element(source.address), this.element(target.address)];
    return left?.full === false && reached?.full === true && reached.barcode === source.barcode;
  }

  /** The drive at this element address, opened on first use. */
  drive(address: number): Promise<TapeDrive> {
    return this.#require().drive(address);
  }

  /** An empty storage slot: this one if it is free, or the first that is; undefined when all are full. */
  freeSlot(preferred?: number): number | undefined {
    const free = this.#elements.filter((element) => element.type === 'slot' && !element.full && element.accessible);
    return (free.find((element) => element.address === preferred) ?? free[0])?.address;
  }

  freeMailSlot(): number | undefined {
    return this.#elements.find((element) => element.type === 'import-export' && !element.full && element.accessible)
      ?.address;
  }

  #require(): LibraryDevice {
    if (this.#device) return this.#device;
    throw new OperationError(
      `The library ${this.name} is offline: ${this.#offlineReason}`,
      'Check that it is there, then inventory it.',
      { kind: 'unavailable' },
    );
  }

  /** Robot commands of all sessions, one after the other; a waiting one can be aborted. */
  async #exclusively<T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> {
    const before = this.#robot;
    let done = (): void => {};
    this.#robot = new Promise<void>((resolve) => {
      done = resolve;
    });
    try {
      await before;
      signal?.throwIfAborted();
      return await act();
    } finally {
      done();
    }
  }
}

/** A door, or the access to a magazine, is open (SPC-6, annex F: 04/18 and 3B/11 with NOT READY). */
function isDoorOpen(error: unknown): boolean {
  if (!(error instanceof ScsiError) || error.key !== senseKey.notReady) return false;
  return (error.asc === 0x04 && error.ascq === 0x18) || (error.asc === 0x3b && error.ascq === 0x11);
}

/** Alerts that need an operator. */
function wordsOf(alerts: readonly Alert[]): string | null {
  const urgent = alerts.filter(({ severity }) => severity !== 'information');
  if (urgent.length === 0) return null;
  return urgent.map(({ flag, words }) => `${words} (TapeAlert ${flag})`).join(' ');
}
