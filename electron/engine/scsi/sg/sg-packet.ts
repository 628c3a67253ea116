/**
 * Linux SCSI generic devices (/dev/sg*) spoken to by plain writes and reads: each command is one write of a header with
 * the command behind it, each answer one read of a header with the data behind it. The header is the driver's older one
 * (`struct sg_header` of scsi/sg.h, "version 2"): the newer one carries addresses of the program's memory, which a
 * program in JavaScript has none of.
 *
 * What this header has no room for: a time limit (the driver's own holds, see {@link sgCommandLimitMs}), sense data
 * beyond 16 bytes, and how many bytes of data really came.
 */

export const sgHeaderBytes = 36;
const senseAt = 20;
const senseBytes = 16;
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** SG_DEFAULT_TIMEOUT: after so long the driver breaks a command off; only an ioctl could change that. */
export const sgCommandLimitMs = 60_000;

/**
 * Up to 32 KiB of data-in come through a buffer that the driver keeps and does not clear: behind what a device really
 * sent, bytes of earlier answers would follow. Larger answers get a cleared one, so replies that may be shorter than
 * asked for are asked for with so much room.
 */
export const sgClearedBytes = 36_864;

/** Bytes that {@link encodeSgCommand} needs for a command. */
export function sgCommandBytes(cdb: Uint8Array, outBytes: number): number {
  return sgHeaderBytes + cdb.length + outBytes;
}

/**
 * Writes one command into `into` and returns its length. The driver knows the length of a command from its operation
 * code, so nothing but the standard lengths is taken.
 */
export function encodeSgCommand(
  into: Uint8Array,
  command: { cdb: Uint8Array; out?: Uint8Array | undefined; inBytes: number; packetId: number },
): number {
  const { cdb, out, inBytes, packetId } = command;
  if (cdb.length !== standardLength(cdb[0] ?? 0)) {
    throw new RangeError(`Command ${(cdb[0] ?? 0).toString(16)}h has ${cdb.length} bytes, which is not its length.`);
  }
  const view = new DataView(into.buffer, into.byteOffset, sgHeaderBytes);
  into.fill(0, 0, sgHeaderBytes);
  // Longest answer, its header included: nothing but the header for a command that sends data.
  view.setInt32(4, sgHeaderBytes + (out ? 0 : inBytes), littleEndian);
  view.setInt32(8, packetId, littleEndian);
  into.set(cdb, sgHeaderBytes);
  if (out) into.set(out, sgHeaderBytes + cdb.length);
  return sgCommandBytes(cdb, out?.length ?? 0);
}

function standardLength(operation: number): number {
  return [6, 10, 10, 12, 16, 12, 10, 10][operation >> 5] as number;
}

export interface SgAnswer {
  packetId: number;
  /** SAM status byte. */
  status: number;
  /** What became of the command below SCSI: 0 is well, see {@link hostTrouble}. */
  host: number;
  /** The driver's word on it: 0, or a number of Linux's error list. */
  result: number;
  sense?: Uint8Array;
}

/** Reads the header of an answer; its data follows at {@link sgHeaderBytes}. */
export function decodeSgAnswer(bytes: Uint8Array): SgAnswer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, sgHeaderBytes);
  const flags = view.getUint32(16, littleEndian);
  // Bit fields, from the lowest bit: twelve_byte 1, target_status 5 (without its lowest bit), host_status 8.
  const [targetStatus, host] = littleEndian
    ? [(flags >>> 1) & 0x1f, (flags >>> 6) & 0xff]
    : [(flags >>> 26) & 0x1f, (flags >>> 18) & 0xff];
  const sense = bytes.slice(senseAt, senseAt + senseBytes);
  return {
    packetId: view.getInt32(8, littleEndian),
    status: targetStatus << 1,
    host,
    result: view.getInt32(12, littleEndian),
    sense: ((sense[0] as number) & 0x70) === 0x70 ? sense : undefined,
  };
}

const hostWords: Readonly<Record<number, string>> = {
  1: 'it is not connected any more',
  2: 'the connection to it stayed busy',
  3: 'it did not answer in time',
  4: 'it does not exist any more',
  5: 'the command was aborted',
  6: 'data was damaged in transfer: check the cable',
  7: 'the adapter of this computer reports an error',
  8: 'it was reset',
  14: 'the path to it was lost',
  15: 'the path to it was lost',
};

/** What happened below SCSI, in words; undefined where the device itself answered. */
export function hostTrouble({ host, status, sense }: SgAnswer): string | undefined {
  // DID_ERROR beside an answer of the device means only that less data came than was asked for.
  if (host === 0 || (host === 7 && (status !== 0 || sense))) return undefined;
  return hostWords[host] ?? `the adapter of this computer reports error ${host}`;
}
