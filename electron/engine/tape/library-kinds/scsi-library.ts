import { messageOf } from '../../../../shared/domain/message-of.ts';
import { Changer } from '../../scsi/smc.ts';
import { TapeDrive } from '../../scsi/ssc.ts';
import type { ScsiTransport } from '../../scsi/transport.ts';
import { OperationError } from '../../errors.ts';
import type { ConfiguredDrive, LibraryDevice } from './library-device.ts';
import { elementName } from './element-names.ts';
import { assignDrives } from './drive-assignment.ts';

/** What a device is called in messages; it gets its final name once its place in the library is known. */
export interface DeviceRole {
  name: string;
}

/** One device behind which a changer or a drive is expected. */
export interface DeviceSource {
  /** Its target and logical unit, or its path. */
  readonly device: string;
  /** Connects to it; the transport's `name` is that of the role at every moment. */
  open(role: DeviceRole, signal?: AbortSignal): Promise<ScsiTransport>;
}

interface Slot {
  source: DeviceSource;
  role: DeviceRole;
  address: number | null;
  open?: { transport: ScsiTransport; drive: TapeDrive };
  problem: string | null;
}

/** A library whose changer and drives are SCSI devices of their own. */
export class ScsiLibrary implements LibraryDevice {
  readonly changer: Changer;
  readonly operator = null;
  notes: readonly string[] = [];
  readonly #name: string;
  readonly #changerTransport: ScsiTransport;
  readonly #slots: Slot[];

  private constructor(name: string, changer: Changer, changerTransport: ScsiTransport, slots: Slot[]) {
    this.#name = name;
    this.changer = changer;
    this.#changerTransport = changerTransport;
    this.#slots = slots;
  }

  /**
   * Reaches the changer, then the drives, and finds out which drive is where. A drive that cannot be reached does not
   * keep the library from being used; a changer that cannot does.
   */
  static async open(
    name: string,
    devices: { changer: DeviceSource; drives: readonly DeviceSource[] },
    signal?: AbortSignal,
  ): Promise<ScsiLibrary> {
    const transport = await devices.changer.open({ name: `${name} robot` }, signal);
    const slots = devices.drives.map<Slot>((source) => ({
      source,
      role: { name: `${name} drive at ${source.device}` },
      address: null,
      problem: null,
    }));
    const library = new ScsiLibrary(name, await openOrClose(transport, Changer.open, signal), transport, slots);
    try {
      await library.#reach(signal);
      return library;
    } catch (error) {
      await library.close().catch(() => undefined);
      throw error;
    }
  }

  get vendor(): string {
    return this.changer.info.vendor;
  }

  get product(): string {
    return this.changer.info.product;
  }

  get serial(): string {
    return this.changer.info.serial;
  }

  get driveAddresses(): readonly number[] {
    return this.#slots
      .flatMap((slot) => (slot.open && slot.address !== null ? [slot.address] : []))
      .sort((a, b) => a - b);
  }

  get configuredDrives(): readonly ConfiguredDrive[] {
    return this.#slots.map(({ source, address, open, problem }) => ({
      device: source.device,
      address,
      vendor: open?.drive.info.vendor ?? '',
      product: open?.drive.info.product ?? '',
      serial: open?.drive.info.serial ?? '',
      problem:
        problem ??
        (address === null
          ? 'The library names no drive with its serial number, so it is not known where it is.'
          : null),
    }));
  }

  async drive(address: number): Promise<TapeDrive> {
    const slot = this.#slots.find((one) => one.address === address);
    if (!slot)
      throw new OperationError(`There is no drive at element ${address} of ${this.#name} that can be reached.`);
    if (!slot.open) {
      throw new OperationError(`${slot.role.name} cannot be reached: ${slot.problem ?? 'not open'}`, null, {
        kind: 'unavailable',
      });
    }
    return slot.open.drive;
  }

  async reviveDrives(signal?: AbortSignal): Promise<void> {
    if (this.#slots.some((slot) => !slot.open || slot.address === null)) await this.#reach(signal);
  }

  async close(): Promise<void> {
    const transports = this.#slots.flatMap((slot) => slot.open?.transport ?? []);
    await Promise.all(
      [...transports, this.#changerTransport].map((transport) => transport.close().catch(() => undefined)),
    );
  }

  async #reach(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#slots.filter((slot) => !slot.open).map((slot) => openDrive(slot, signal)));
    signal?.throwIfAborted();
    const elements = (await this.changer.elementStatus(signal)).filter((element) => element.type === 'drive');
    const open = this.#slots.filter((slot) => slot.open);
    const places = elements.map(({ address, driveSerial }) => ({ address, serial: driveSerial }));
    // Without serial numbers the order of all configured drives counts, also of those that are away now.
    const counted = places.some((place) => place.serial) ? open : this.#slots;
    const { addresses, notes } = assignDrives(
      places,
      counted.map((slot) => ({ serial: slot.open?.drive.info.serial ?? '' })),
    );
    this.notes = notes;
    for (const [index, slot] of counted.entries()) {
      slot.address = addresses[index] ?? null;
      const place = elements.findIndex((element) => element.address === slot.address);
      if (place >= 0) slot.role.name = `${this.#name} ${elementName('drive', place).toLowerCase()}`;
    }
  }
}

async function openDrive(slot: Slot, signal?: AbortSignal): Promise<void> {
  try {
    const transport = await slot.source.open(slot.role, signal);
    const drive = await openOrClose(transport, (one) => TapeDrive.open(one, { signal }), signal);
    slot.open = { transport, drive };
    slot.problem = null;
  } catch (error) {
    signal?.throwIfAborted();
    slot.problem = messageOf(error);
  }
}

async function openOrClose<T>(
  transport: ScsiTransport,
  open: (transport: ScsiTransport, signal?: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await open(transport, signal);
  } catch (error) {
    await transport.close().catch(() => undefined);
    throw error;
  }
}
