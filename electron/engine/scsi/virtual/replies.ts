/** What a SCSI target answers with: sense data and data-in. */
import { put32 } from '../big-endian.ts';
import { senseKey } from '../sense.ts';
import { type ExecuteOptions, type ScsiReply, scsiStatus } from '../transport.ts';

export interface SenseFields {
  key: number;
  asc: number;
  ascq: number;
  information?: number;
  filemark?: boolean;
  endOfMedium?: boolean;
  incorrectLength?: boolean;
  deferred?: boolean;
}

/** Fixed format sense data (SPC-6, 4.4.3). */
export function senseData(fields: SenseFields): Uint8Array {
  const bytes = new Uint8Array(18);
  bytes[0] = (fields.deferred ? 0x71 : 0x70) | (fields.information === undefined ? 0 : 0x80);
  bytes[2] =
    fields.key | (fields.filemark ? 0x80 : 0) | (fields.endOfMedium ? 0x40 : 0) | (fields.incorrectLength ? 0x20 : 0);
  put32(bytes, 3, (fields.information ?? 0) >>> 0);
  bytes[7] = 10;
  bytes[12] = fields.asc;
  bytes[13] = fields.ascq;
  return bytes;
}

/** Ends a command with CHECK CONDITION. */
export class CheckCondition extends Error {
  override readonly name = 'CheckCondition';
  readonly fields: SenseFields;
  constructor(fields: SenseFields) {
    super(`CHECK CONDITION ${JSON.stringify(fields)}`);
    this.fields = fields;
  }
}

export function check(key: keyof typeof senseKey, asc: number, ascq: number): CheckCondition {
  return new CheckCondition({ key: senseKey[key], asc, ascq });
}

export const invalidCommand = (): CheckCondition => check('illegalRequest', 0x20, 0x00);
export const invalidField = (): CheckCondition => check('illegalRequest', 0x24, 0x00);
export const invalidParameter = (): CheckCondition => check('illegalRequest', 0x26, 0x00);

export const good: ScsiReply = { status: scsiStatus.good };

export function checkReply(fields: SenseFields, data?: Uint8Array): ScsiReply {
  return { status: scsiStatus.checkCondition, sense: senseData(fields), in: data };
}

/** GOOD with data, cut to the allocation length of the command and to what the initiator can take. */
export function dataReply(data: Uint8Array, allocationLength: number, options: ExecuteOptions): ScsiReply {
  const room = Math.min(allocationLength, options.into?.length ?? options.inLength ?? 0);
  const sent = data.subarray(0, room);
  if (!options.into) return { status: scsiStatus.good, in: sent };
  options.into.set(sent);
  return { status: scsiStatus.good, in: options.into.subarray(0, sent.length) };
}
