/** Protocol data units of iSCSI (RFC 7143, section 11). */
import { get16, get24, get32, put16, put24, put32 } from '../big-endian.ts';

export const bhsBytes = 48;
/** A tag that stands for none (RFC 7143, 11.2.1.8). */
export const noTag = 0xffff_ffff;

/** Opcodes from the initiator. */
export const request = {
  nopOut: 0x00,
  command: 0x01,
  taskManagement: 0x02,
  login: 0x03,
  text: 0x04,
  dataOut: 0x05,
  logout: 0x06,
} as const;

/** Opcodes from the target. */
export const response = {
  nopIn: 0x20,
  scsi: 0x21,
  taskManagement: 0x22,
  login: 0x23,
  text: 0x24,
  dataIn: 0x25,
  logout: 0x26,
  r2t: 0x31,
  async: 0x32,
  reject: 0x3f,
} as const;

/** Task management functions (11.5.1). */
export const taskFunction = { abortTask: 1, logicalUnitReset: 5 } as const;

/** Peripheral (up to 255) and flat addressing of logical units (SAM-5, 4.7). */
export function putLun(bytes: Uint8Array, at: number, lun: number): void {
  if (lun < 256) bytes[at + 1] = lun;
  else put16(bytes, at, 0x4000 | lun);
}

export function getLun(bytes: Uint8Array, at: number): number {
  return get16(bytes, at) & 0x3fff;
}

export interface ScsiCommandFields {
  lun: number;
  tag: number;
  commandSn: number;
  expectedStatusSn: number;
  cdb: Uint8Array;
  direction: 'read' | 'write' | 'none';
  /** Expected data transfer length in bytes. */
  expectedBytes: number;
  /** Bytes in this PDU's own data segment. */
  immediateBytes: number;
  /** No unsolicited Data-Out follows. */
  final: boolean;
}

/** SCSI Command (11.3), SIMPLE task attribute. */
export function scsiCommand(fields: ScsiCommandFields): Uint8Array {
  const bytes = new Uint8Array(bhsBytes);
  bytes[0] = request.command;
  const direction = fields.direction === 'read' ? 0x40 : fields.direction === 'write' ? 0x20 : 0;
  bytes[1] = (fields.final ? 0x80 : 0) | direction | 0x01;
  put24(bytes, 5, fields.immediateBytes);
  putLun(bytes, 8, fields.lun);
  put32(bytes, 16, fields.tag);
  put32(bytes, 20, fields.expectedBytes);
  put32(bytes, 24, fields.commandSn);
  put32(bytes, 28, fields.expectedStatusSn);
  if (fields.cdb.length > 16) throw new RangeError(`A command of ${fields.cdb.length} bytes does not fit.`);
  bytes.set(fields.cdb, 32);
  return bytes;
}

export interface DataOutFields {
  lun: number;
  tag: number;
  transferTag: number;
  expectedStatusSn: number;
  dataSn: number;
  offset: number;
  length: number;
  final: boolean;
}

/** SCSI Data-Out (11.7). */
export function dataOut(fields: DataOutFields): Uint8Array {
  const bytes = new Uint8Array(bhsBytes);
  bytes[0] = request.dataOut;
  bytes[1] = fields.final ? 0x80 : 0;
  put24(bytes, 5, fields.length);
  putLun(bytes, 8, fields.lun);
  put32(bytes, 16, fields.tag);
  put32(bytes, 20, fields.transferTag);
  put32(bytes, 28, fields.expectedStatusSn);
  put32(bytes, 36, fields.dataSn);
  put32(bytes, 40, fields.offset);
  return bytes;
}

export interface TaskManagementFields {
  function: number;
  lun: number;
  tag: number;
  referencedTag: number;
  commandSn: number;
  expectedStatusSn: number;
  referencedCommandSn: number;
}

/** Task Management Function Request (11.5), always immediate. */
export function taskManagement(fields: TaskManagementFields): Uint8Array {
  const bytes = new Uint8Array(bhsBytes);
  bytes[0] = 0x40 | request.taskManagement;
  bytes[1] = 0x80 | fields.function;
  putLun(bytes, 8, fields.lun);
  put32(bytes, 16, fields.tag);
  put32(bytes, 20, fields.referencedTag);
  put32(bytes, 24, fields.commandSn);
  put32(bytes, 28, fields.expectedStatusSn);
  put32(bytes, 32, fields.referencedCommandSn);
  return bytes;
}

export interface NopOutFields {
  lun: number;
  tag: number;
  transferTag: number;
  commandSn: number;
  expectedStatusSn: number;
}

/** NOP-Out (11.18), always immediate: our ping with a tag, or the answer to the target's with its transfer tag. */
export function nopOut(fields: NopOutFields, dataBytes = 0): Uint8Array {
  const bytes = new Uint8Array(bhsBytes);
  bytes[0] = 0x40 | request.nopOut;
  bytes[1] = 0x80;
  put24(bytes, 5, dataBytes);
  putLun(bytes, 8, fields.lun);
  put32(bytes, 16, fields.tag);
  put32(bytes, 20, fields.transferTag);
  put32(bytes, 24, fields.commandSn);
  put32(bytes, 28, fields.expectedStatusSn);
  return bytes;
}

export interface LoginFields {
  transit: boolean;
  /** 0 security, 1 operational, 3 full feature. */
  currentStage: number;
  nextStage: number;
  isid: Uint8Array;
  tsih: number;
  tag: number;
  commandSn: number;
  expectedStatusSn: number;
  dataBytes: number;
}

/** Login Request (11.12). */
export function loginRequest(fields: LoginFields): Uint8Array {
  const bytes = new Uint8Array(bhsBytes);
  bytes[0] = 0x40 | request.login;
  bytes[1] = (fields.transit ? 0x80 : 0) | (fields.currentStage << 2) | (fields.transit ? fields.nextStage : 0);
  put24(bytes, 5, fields.dataBytes);
  bytes.set(fields.isid, 8);
  put16(bytes, 14, fields.tsih);
  put32(bytes, 16, fields.tag);
  put32(bytes, 24, fields.commandSn);
  put32(bytes, 28, fields.expectedStatusSn);
  return bytes;
}

export interface TextFields {
  tag: number;
  transferTag: number;
  commandSn: number;
  expectedStatusSn: number;
  dataBytes: number;
}

/** Text Request (11.10). */
export function textRequest(fields: TextFields): Uint8Array {
  const bytes = new Uint8Array(bhsBytes);
  bytes[0] = request.text;
  bytes[1] = 0x80;
  put24(bytes, 5, fields.dataBytes);
  put32(bytes, 16, fields.tag);
  put32(bytes, 20, fields.transferTag);
  put32(bytes, 24, fields.commandSn);
  put32(bytes, 28, fields.expectedStatusSn);
  return bytes;
}

/** Logout Request (11.14), reason 0: close the session. Always immediate. */
export function logoutRequest(tag: number, commandSn: number, expectedStatusSn: number): Uint8Array {
  const bytes = new Uint8Array(bhsBytes);
  bytes[0] = 0x40 | request.logout;
  bytes[1] = 0x80;
  put32(bytes, 16, tag);
  put32(bytes, 24, commandSn);
  put32(bytes, 28, expectedStatusSn);
  return bytes;
}

/** The fields of a PDU from a target; which of them mean something depends on the opcode. */
export interface TargetPdu {
  opcode: number;
  /** Byte 1: final, transit, continue, residual and status bits. */
  flags: number;
  /** Byte 2: iSCSI response, reason or event code. */
  responseCode: number;
  /** Byte 3: SCSI status. */
  status: number;
  lun: number;
  tag: number;
  transferTag: number;
  statusSn: number;
  expectedCommandSn: number;
  maxCommandSn: number;
  /** DataSN, ExpDataSN, R2TSN. */
  dataSn: number;
  /** Buffer offset of Data-In and R2T. */
  offset: number;
  /** Residual count of Data-In and SCSI Response, desired length of R2T. */
  count: number;
  header: Uint8Array;
}

export function parsePdu(header: Uint8Array): TargetPdu {
  const opcode = (header[0] as number) & 0x3f;
  return {
    opcode,
    flags: header[1] as number,
    responseCode: header[2] as number,
    status: header[3] as number,
    lun: getLun(header, 8),
    tag: get32(header, 16),
    transferTag: get32(header, 20),
    statusSn: get32(header, 24),
    expectedCommandSn: get32(header, 28),
    maxCommandSn: get32(header, 32),
    dataSn: get32(header, 36),
    offset: get32(header, 40),
    count: get32(header, 44),
    header,
  };
}

export function dataSegmentBytes(header: Uint8Array): number {
  return get24(header, 5);
}

export function additionalHeaderBytes(header: Uint8Array): number {
  return (header[4] as number) * 4;
}

/** Zero bytes after a segment, so that the next begins at a multiple of four. */
export function paddingOf(bytes: number): number {
  return -bytes & 3;
}

/** Sequence numbers are compared modulo 2^32 (RFC 1982): whether `a` comes after `b`. */
export function isAfter(a: number, b: number): boolean {
  return a !== b && (a - b) >>> 0 < 0x8000_0000;
}
