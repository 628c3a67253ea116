import { messageOf } from '../../../../shared/domain/message-of.ts';
import type { Clock } from '../../faults/clock.ts';
import { ScsiError } from '../../scsi/sense.ts';
import type { TapeDrive } from '../../scsi/ssc.ts';
import { OperationError } from '../../errors.ts';
import { isMediumError } from '../archive/drive-port.ts';
import { readTapeLabel } from '../archive/label.ts';
import { type AttachedLibrary } from '../library/attached-library.ts';
import { pastOpenDoor } from './door-wait.ts';
import type { MountRequester } from './mount-requester.ts';
import type { MediumCondition } from '../library-kinds/library-device.ts';
import type { DriveLease, DriveLeases } from '../library/drive-leases.ts';
import { applyLabel, type LabelReading } from '../media/label-facts.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

/** A tape in a drive, both leased to one session, with its label read. */
export interface MountedTape {
  /** The row of the cartridge, by its label. */
  medium: MediumRecord;
  label: LabelReading;
  drive: TapeDrive;
  /** `Drive 1 in Library` */
  driveName: string;
  lease: DriveLease;
  requester: MountRequester;
  /** What the library knows to be wrong with the cartridge; null where it knows nothing. */
  condition: MediumCondition | null;
}

/** The cartridge in the drive is, by its label, not the tape that was asked for. */
export class WrongTape extends OperationError {}

/** Its label cannot be read, so that nothing shows whose cartridge it is. Unlike another tape, it is not somewhere else: asking again changes nothing. */
export class UnreadableLabel extends WrongTape {}

/** A drive did not take the cartridge; another drive may. */
export class DriveTrouble extends OperationError {}

/** Brings tapes into drives and back. Never holds more than one tape per call; waits for people only where a door is open. */
export class TapeMounts {
  readonly #store: TapeStore;
  readonly #leases: DriveLeases;
  readonly #clock: Clock;
  readonly #library: (id: string) => AttachedLibrary | undefined;
  readonly #onChange: () => void;

  constructor(parts: {
    store: TapeStore;
    leases: DriveLeases;
    clock: Clock;
    library: (id: string) => AttachedLibrary | undefined;
    onChange: () => void;
  }) {
    this.#store = parts.store;
    this.#leases = parts.leases;
    this.#clock = parts.clock;
    this.#library = parts.library;
    this.#onChange = parts.onChange;
  }

  /**
   * Takes a drive and the tape, moves the tape there, loads it and reads its label. With `expectIdentity`, a tape whose
   * label is another one's is put back and {@link WrongTape} thrown. Waits for a drive until the signal is aborted.
   */
  async mount(
    mediumId: string,
    requester: MountRequester,
    options: { expectIdentity?: boolean } = {},
  ): Promise<MountedTape> {
    const medium = this.#existing(mediumId);
    if (medium.cleaning) throw isForCleaning(medium);
    const library = this.#libraryOf(medium);
    const lease = await this.#leases.acquire({
      libraries: [library],
      mediumId,
      inDrive: () => {
        const now = this.#store.media.get(mediumId);
        return now?.libraryId != null && now.elementType === 'drive' && now.elementAddress !== null
          ? { libraryId: now.libraryId, address: now.elementAddress }
          : null;
      },
      owner: requester.owner,
      signal: requester.signal,
      onWait: (heldBy) => requester.log('info', `Waiting for a drive: ${heldBy} uses it.`),
    });
    this.#onChange();
    try {
      return await this.#load(medium, lease, requester, options.expectIdentity ?? false);
    } catch (error) {
      lease.release();
      this.#onChange();
      throw error;
    }
  }

  async #load(
    wanted: MediumRecord,
    lease: DriveLease,
    requester: MountRequester,
    expectIdentity: boolean,
  ): Promise<MountedTape> {
    const { library, address } = lease;
    const began = this.#clock.now();
    const driveName = `${library.elementName(address)} in ${library.name}`;
    const medium = this.#existing(wanted.id);
    if (medium.libraryId !== library.id || medium.elementAddress === null) {
      throw new OperationError(
        `Tape ${medium.name} is no longer in ${library.name}.`,
        'Bring it back, then try again.',
        {
          kind: 'unavailable',
        },
      );
    }
    const drive = await library.drive(address);
    if (medium.elementAddress !== address) {
      await this.#emptyDrive(lease, drive, requester);
      requester.signal.throwIfAborted();
      const from = library.elementName(medium.elementAddress);
      const place = medium.elementAddress;
      await pastOpenDoor(requester, this.#clock, () => library.move(place, address, requester.signal));
      requester.log('info', `Moved tape ${medium.name} from ${from} to ${driveName}`, {
        durationMs: this.#clock.now() - began,
      });
    }
    requester.signal.throwIfAborted();
    await this.#loadInto(drive, lease, driveName, medium, requester);
    await this.#readFacts(medium, drive, requester);
    await this.#readAlerts(lease, drive, medium, requester);
    const label = await readLabel(drive, requester.signal);
    const outcome = applyLabel(this.#store, medium.id, label, this.#clock.now());
    const condition = library.mediumCondition(medium.barcode);
    if (condition?.readOnly) {
      const { reason } = condition;
      this.#store.later((work) => this.#store.media.update(work, outcome.medium.id, { damagedReason: reason }));
    }
    await this.#store.flushed();
    this.#onChange();
    // What a label tells is kept with the tape: whoever needed another one says so itself.
    if (outcome.note) requester.log('warning', outcome.note, { isPassing: true });
    if (condition) requester.log('warning', `Tape ${medium.name}: ${condition.reason}`);
    const identified = this.#store.media.get(outcome.medium.id) ?? outcome.medium;
    const mounted = { medium: identified, label, drive, driveName, lease, requester, condition };
    if (expectIdentity && (label.kind !== 'ours' || outcome.medium.id !== wanted.id)) {
      await this.#putBack(mounted);
      if (label.kind === 'unreadable') {
        throw new UnreadableLabel(
          `The label of tape ${wanted.name} cannot be read, so that it is not shown to be this tape: ${label.description}`,
          'Read it in a cleaned or another drive.',
        );
      }
      const found =
        label.kind === 'ours'
          ? `tape ${outcome.medium.name}`
          : label.kind === 'blank'
            ? 'a blank tape'
            : label.description;
      throw new WrongTape(
        `Wrong tape: ${wanted.name} was asked for, and its cartridge is, by its label, ${found}.`,
        `Bring in tape ${wanted.name}${wanted.barcode ? ` (barcode ${wanted.barcode})` : ''}.`,
      );
    }
    return mounted;
  }

  async #loadInto(
    drive: TapeDrive,
    lease: DriveLease,
    driveName: string,
    medium: MediumRecord,
    requester: MountRequester,
  ): Promise<void> {
    const { library, address } = lease;
    try {
      await drive.load(requester.signal);
    } catch (error) {
      requester.signal.throwIfAborted();
      const cleans = isCleaningCartridge(error);
      if (!cleans) this.#leases.avoid(library.id, address);
      // The drive is left empty where that is possible: the tape may be fine.
      await drive.unload().catch(() => undefined);
      await this.#toSlot(library, address, requester).catch(() => undefined);
      if (cleans) {
        this.#store.now((work) => this.#store.media.update(work, medium.id, { cleaning: true }));
        this.#onChange();
        throw isForCleaning(medium, { cause: error });
      }
      throw new DriveTrouble(
        `${driveName} did not load tape ${medium.name}: ${messageOf(error)}`,
        'Clean or replace the drive; if the tape fails in other drives too, retire it.',
        { cause: error },
      );
    }
  }

  /** Facts that only the drive knows; none of them is needed, so a drive that cannot tell is no error. */
  async #readFacts(medium: MediumRecord, drive: TapeDrive, requester: MountRequester): Promise<void> {
    const memory = await drive.readMam(requester.signal).catch(() => undefined);
    const capacity = await drive.remainingBytes(requester.signal).catch(() => undefined);
    const writeProtected = await drive.isWriteProtected(requester.signal);
    const facts = {
      writeProtected,
      worm: memory?.mediumType === 'worm' || medium.worm,
      cleaning: memory?.mediumType === 'cleaning' || medium.cleaning,
      capacityBytes: capacity?.capacityBytes ?? memory?.capacityBytes ?? medium.capacityBytes,
      loadCount: memory?.loadCount ?? medium.loadCount + 1,
    };
    // The next mount reads them again.
    this.#store.lazily((work) => this.#store.media.update(work, medium.id, facts));
  }

  /** A drive reports an alert once, to whoever asks first: so it is asked while the tape concerned is in it. */
  async #readAlerts(
    lease: Pick<DriveLease, 'library' | 'address'>,
    drive: TapeDrive,
    medium: MediumRecord,
    requester: MountRequester,
  ): Promise<void> {
    const alerts = await drive.tapeAlerts(requester.signal).catch(() => []);
    lease.library.noteDriveAlerts(lease.address, alerts);
    if (alerts.length > 0) this.#onChange();
    for (const alert of alerts) {
      if (alert.severity === 'information') continue;
      requester.log(alert.severity === 'critical' ? 'error' : 'warning', `${drive.name}: ${alert.words}`, {
        advice: `TapeAlert ${alert.flag}. Check the drive or tape ${medium.name}.`,
      });
    }
  }

  /** Puts the tape back into its slot and gives the drive back; returns the slot's name. */
  async unmount(mounted: MountedTape): Promise<string> {
    try {
      return await this.#putBack(mounted);
    } finally {
      this.release(mounted);
    }
  }

  /** Gives the drive back and leaves the tape in it. */
  release(mounted: MountedTape): void {
    mounted.lease.release();
    this.#onChange();
  }

  /** Empties a drive that nobody uses; for a session that has leased it. */
  async #emptyDrive({ library, address }: DriveLease, drive: TapeDrive, requester: MountRequester): Promise<void> {
    if (!library.element(address)?.full) return;
    const left = this.#store.media.inLibrary(library.id).find((medium) => medium.elementAddress === address);
    if (left) await this.#readAlerts({ library, address }, drive, left, requester);
    await drive.unload();
    await this.#toSlot(library, address, requester);
  }

  async #putBack(mounted: MountedTape): Promise<string> {
    const { library, address } = mounted.lease;
    const { drive, lease, medium, requester } = mounted;
    if (!requester.signal.aborted) await this.#readAlerts(lease, drive, medium, requester);
    await drive.unload();
    return this.#toSlot(library, address, requester);
  }

  async #toSlot(library: AttachedLibrary, address: number, requester: MountRequester): Promise<string> {
    const source = library.element(address)?.source;
    const slot = library.freeSlot(source);
    if (slot === undefined) {
      throw new OperationError(
        `${library.elementName(address)} in ${library.name} cannot be emptied: every slot is full.`,
        'Export a tape, then try again.',
      );
    }
    await pastOpenDoor(requester, this.#clock, () => library.move(address, slot));
    this.#onChange();
    return library.elementName(slot);
  }

  #existing(mediumId: string): MediumRecord {
    const medium = this.#store.media.get(mediumId);
    if (!medium) throw new OperationError('This tape is not known any more.', null, { kind: 'not-found' });
    return medium;
  }

  #libraryOf(medium: MediumRecord): AttachedLibrary {
    const library = medium.libraryId === null ? undefined : this.#library(medium.libraryId);
    if (!library) {
      throw new OperationError(
        `Tape ${medium.name} is in no library.`,
        `Bring it in${medium.lastPlace ? `; it was last seen in ${medium.lastPlace}` : ''}.`,
        { kind: 'unavailable' },
      );
    }
    return library;
  }
}

/** What a drive says of a cleaning cartridge: that it is one, that cleaning failed, that it is used up. */
function isCleaningCartridge(error: unknown): boolean {
  return error instanceof ScsiError && error.asc === 0x30 && [0x03, 0x07, 0x0a, 0x13].includes(error.ascq);
}

function isForCleaning(medium: MediumRecord, options?: { cause: unknown }): OperationError {
  return new OperationError(
    `${medium.name} is a cleaning cartridge: nothing is read from it or written to it.`,
    'Give it a barcode that begins with CLN, so that it is known before it is loaded.',
    options,
  );
}

/** Reads the label; a medium error there is a reading too, everything else (drive gone, cancelled) is thrown. */
async function readLabel(drive: TapeDrive, signal: AbortSignal): Promise<LabelReading> {
  try {
    return await readTapeLabel(drive, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isMediumError(error)) return { kind: 'unreadable', description: messageOf(error) };
    throw error;
  }
}
