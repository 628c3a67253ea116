import { get32, get64 } from './big-endian.ts';
import { senseCodes, senseWords } from './sense-words.ts';
import { scsiStatus } from './transport.ts';

/** Sense keys (SPC-6, 4.4.8). */
export const senseKey = {
  noSense: 0x0,
  recoveredError: 0x1,
  notReady: 0x2,
  mediumError: 0x3,
  hardwareError: 0x4,
  illegalRequest: 0x5,
  unitAttention: 0x6,
  dataProtect: 0x7,
  blankCheck: 0x8,
  abortedCommand: 0xb,
  volumeOverflow: 0xd,
} as const;

/** Sense data, whichever format it came in. */
export interface Sense {
  key: number;
  asc: number;
  ascq: number;
  /** The INFORMATION field where the device marked it valid, signed: blocks or bytes not done. */
  information?: number;
  filemark: boolean;
  endOfMedium: boolean;
  incorrectLength: boolean;
  /** True for an error of an earlier command that had already been answered GOOD. */
  deferred: boolean;
}

/**
 * Reads fixed (70h, 71h) and descriptor (72h, 73h) sense data (SPC-6, 4.4). Lenient: cut data gives what is there;
 * undefined when there is nothing that can be called sense data.
 */
export function parseSense(bytes: Uint8Array | undefined): Sense | undefined {
  if (!bytes || bytes.length < 3) return undefined;
  const responseCode = (bytes[0] as number) & 0x7f;
  if (responseCode === 0x70 || responseCode === 0x71) return parseFixed(bytes, responseCode === 0x71);
  if (responseCode === 0x72 || responseCode === 0x73) return parseDescriptors(bytes, responseCode === 0x73);
  return undefined;
}

function parseFixed(bytes: Uint8Array, deferred: boolean): Sense {
  const flags = bytes[2] as number;
  const valid = ((bytes[0] as number) & 0x80) !== 0 && bytes.length >= 7;
  return {
    key: flags & 0x0f,
    asc: bytes[12] ?? 0,
    ascq: bytes[13] ?? 0,
    information: valid ? get32(bytes, 3) | 0 : undefined,
    ...streamFlags(flags),
    deferred,
  };
}

function parseDescriptors(bytes: Uint8Array, deferred: boolean): Sense {
  const sense: Sense = {
    key: (bytes[1] as number) & 0x0f,
    asc: bytes[2] ?? 0,
    ascq: bytes[3] ?? 0,
    ...streamFlags(0),
    deferred,
  };
  const end = Math.min(bytes.length, 8 + (bytes[7] ?? 0));
  for (let at = 8; at + 2 <= end; at += 2 + (bytes[at + 1] as number)) {
    if (bytes[at] === 0x00 && at + 12 <= end && ((bytes[at + 2] as number) & 0x80) !== 0) {
      const high = get32(bytes, at + 4);
      // A negative count may come sign-extended to 64 bits or only in the low 32.
      sense.information = high === 0 || high === 0xffff_ffff ? get32(bytes, at + 8) | 0 : get64(bytes, at + 4);
    }
    if (bytes[at] === 0x04 && at + 4 <= end) Object.assign(sense, streamFlags(bytes[at + 3] as number));
  }
  return sense;
}

function streamFlags(flags: number): Pick<Sense, 'filemark' | 'endOfMedium' | 'incorrectLength'> {
  return {
    filemark: (flags & 0x80) !== 0,
    endOfMedium: (flags & 0x40) !== 0,
    incorrectLength: (flags & 0x20) !== 0,
  };
}

/** A command was answered with an error. `message` is fit for an administrator, with the T10 codes at its end. */
export class ScsiError extends Error {
  override readonly name: string = 'ScsiError';
  /** Name of the device, from its transport. */
  readonly device: string;
  /** T10's name of the command, e.g. `MOVE MEDIUM`. */
  readonly command: string;
  readonly status: number;
  /** Absent when the device gave no sense data, e.g. with RESERVATION CONFLICT. */
  readonly sense?: Sense;
  /** The meaning without device, command and codes. */
  readonly words: string;

  /** Where the tape stood, where that is known and matters. */
  readonly block?: number;

  constructor(device: string, command: string, status: number, sense?: Sense, block?: number) {
    const words = describe(status, sense);
    const codes = sense ? senseCodes(sense.key, sense.asc, sense.ascq) : `status ${status.toString(16)}h`;
    super(`${device}: ${words} (${command}${block === undefined ? '' : ` at block ${block}`}, ${codes}).`);
    this.block = block;
    this.device = device;
    this.command = command;
    this.status = status;
    this.sense = sense;
    this.words = words;
  }

  /** Sense key, or -1 where there was no sense data. */
  get key(): number {
    return this.sense?.key ?? -1;
  }
  get asc(): number {
    return this.sense?.asc ?? 0;
  }
  get ascq(): number {
    return this.sense?.ascq ?? 0;
  }
  /** The command was not carried out: the device first tells of a change (reset, new cartridge …). */
  get isUnitAttention(): boolean {
    return this.key === senseKey.unitAttention;
  }
  /** An earlier command, long answered GOOD, failed: whatever was not flushed since may be lost. */
  get isDeferred(): boolean {
    return this.sense?.deferred ?? false;
  }
  /** The device does not know the command or a field of it: do without. */
  get isUnsupported(): boolean {
    return this.key === senseKey.illegalRequest && [0x20, 0x24, 0x25, 0x26].includes(this.asc);
  }
  get isNoMedium(): boolean {
    return this.key === senseKey.notReady && this.asc === 0x3a;
  }
  get isWriteProtected(): boolean {
    return this.key === senseKey.dataProtect;
  }
}

function describe(status: number, sense: Sense | undefined): string {
  if (sense) {
    const words = senseWords(sense.key, sense.asc, sense.ascq);
    return sense.deferred ? `an earlier write failed after it had been accepted: ${words}` : words;
  }
  if (status === scsiStatus.reservationConflict) return 'another host has reserved the device';
  if (status === scsiStatus.busy || status === scsiStatus.taskSetFull) return 'the device stayed busy';
  return 'the device reported an error without saying which';
}

/** The physical end of the tape: the record of this command was not written. */
export class EndOfMedium extends ScsiError {
  override readonly name = 'EndOfMedium';
  /** Of a batch: how many of its records are on the tape. */
  writtenRecords = 0;
}
