/**
 * The ustar archive format (IEEE Std 1003.1-1988, section 10.1.1; today pax(1), "ustar Interchange Format"): headers
 * only, no file system. Everything that is read is taken as hostile: sizes are bounded, names are checked as names
 * and never used as paths.
 */
export const ustarBlockBytes = 512;

/** The largest size eleven octal digits can hold. */
export const ustarMaxMemberBytes = 8 * 1024 ** 3 - 1;

export interface UstarMember {
  name: string;
  sizeBytes: number;
  /** Milliseconds since 1970; the format keeps whole seconds. */
  modifiedAt: number;
}

export interface UstarHeader extends UstarMember {
  /** `0` for a regular file; strict parsing accepts nothing else. */
  type: string;
}

/** A block that is not the header it should be. */
export class UstarError extends Error {
  override readonly name = 'UstarError';
}

const nameField = { at: 0, length: 100 };
const sizeField = { at: 124, length: 12 };
const modifiedField = { at: 136, length: 12 };
const checksumField = { at: 148, length: 8 };
const typeAt = 156;
const magicAt = 257;
const prefixField = { at: 345, length: 155 };

/** Bytes a member takes in the archive: its header, its content and the padding behind it. */
export function memberSpanBytes(sizeBytes: number): number {
  return ustarBlockBytes + paddedBytes(sizeBytes);
}

/** `sizeBytes` rounded up to whole blocks of 512 bytes. */
export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / ustarBlockBytes) * ustarBlockBytes;
}

/**
 * True for a name this project puts on tape: relative, of portable characters, and harmless to `tar`, `cat` and a
 * shell's glob. That excludes `..`, empty and dot-only segments, a leading `-`, `~` or `/`, blanks, backslashes and anything
 * `sha256sum` would have to escape.
 */
export function isSafeMemberName(name: string): boolean {
  if (name.length === 0 || name.length > 255) return false;
  return name
    .split('/')
    .every((segment) => /^[A-Za-z0-9_%.][A-Za-z0-9_%.~@+=,-]*$/.test(segment) && !/^\.+$/.test(segment));
}

/** Splits a name into the header's `prefix` and `name`; throws {@link UstarError} where it does not fit. */
export function splitMemberName(name: string): { prefix: string; name: string } {
  if (name.length <= nameField.length) return { prefix: '', name };
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
    const rest = name.length - at - 1;
    if (at > prefixField.length) break;
    if (rest > 0 && rest <= nameField.length) return { prefix: name.slice(0, at), name: name.slice(at + 1) };
  }
  throw new UstarError(
    `The name "${name}" does not fit into a ustar header (100 bytes, or 155 and 100 around a slash).`,
  );
}

/** Writes the 512-byte header of a regular file into `target` at `at`. Throws {@link UstarError} for what does not fit. */
export function encodeUstarHeader(target: Uint8Array, at: number, member: UstarMember): void {
  if (!isSafeMemberName(member.name)) throw new UstarError(`"${member.name}" is not a safe name for a tape archive.`);
  if (!Number.isSafeInteger(member.sizeBytes) || member.sizeBytes < 0 || member.sizeBytes > ustarMaxMemberBytes) {
    throw new UstarError(`A member of ${member.sizeBytes} bytes does not fit into a ustar header (limit 8 GiB).`);
  }
  const split = splitMemberName(member.name);
  const header = target.subarray(at, at + ustarBlockBytes);
  header.fill(0);
  putText(header, nameField.at, split.name);
  putText(header, 100, '0000644\0');
  putText(header, 108, '0000000\0');
  putText(header, 116, '0000000\0');
  putText(header, sizeField.at, `${octal(member.sizeBytes, 11)}\0`);
  const seconds = Math.min(Math.max(0, Math.floor(member.modifiedAt / 1000)), 0o77777777777);
  putText(header, modifiedField.at, `${octal(seconds, 11)}\0`);
  header[typeAt] = 0x30;
  putText(header, magicAt, 'ustar\x0000');
  putText(header, 265, 'root\0');
  putText(header, 297, 'root\0');
  putText(header, 329, '0000000\0');
  putText(header, 337, '0000000\0');
  putText(header, prefixField.at, split.prefix);
  putText(header, checksumField.at, `${octal(sums(header).unsigned, 6)}\0 `);
}

/** True when the 512 bytes at `at` are all zero; two such blocks end an archive. */
export function isZeroBlock(bytes: Uint8Array, at: number): boolean {
  for (let index = at; index < at + ustarBlockBytes; index += 1) if (bytes[index] !== 0) return false;
  return true;
}

/**
 * Reads a header this project could have written: exact magic, unsigned checksum, octal numbers, a regular file, a safe
 * name. Throws {@link UstarError} saying what is wrong.
 */
export function parseUstarHeader(bytes: Uint8Array, at = 0): UstarHeader {
  const header = headerAt(bytes, at);
  if (text(header, magicAt, 8, true) !== 'ustar\x0000')
    throw new UstarError('No ustar magic where a header should be.');
  if (readOctal(header, checksumField) !== sums(header).unsigned) throw new UstarError('The header checksum is wrong.');
  const type = String.fromCharCode(header[typeAt] ?? 0);
  if (type !== '0') throw new UstarError(`A member of type ${JSON.stringify(type)} where a regular file should be.`);
  const name = joinedName(header);
  if (!isSafeMemberName(name)) throw new UstarError(`The name ${JSON.stringify(name)} is not a safe name.`);
  return { name, type, sizeBytes: readOctal(header, sizeField), modifiedAt: readOctal(header, modifiedField) * 1000 };
}

/**
 * Reads the header of anybody's archive (v7, ustar, GNU) well enough to describe it; returns undefined where there is
 * none. The name is data to show, nothing more.
 */
export function parseForeignTarHeader(bytes: Uint8Array, at = 0): UstarHeader | undefined {
  if (bytes.length < at + ustarBlockBytes || isZeroBlock(bytes, at)) return undefined;
  const header = headerAt(bytes, at);
  try {
    const checksum = readOctal(header, checksumField);
    const { unsigned, signed } = sums(header);
    if (checksum !== unsigned && checksum !== signed) return undefined;
    const binarySize = ((header[sizeField.at] ?? 0) & 0x80) !== 0;
    const sizeBytes = binarySize ? readBase256(header, sizeField) : readOctal(header, sizeField);
    const hasPrefix = text(header, magicAt, 6, true) === 'ustar\0';
    const name = hasPrefix ? joinedName(header) : text(header, nameField.at, nameField.length);
    if (name === '') return undefined;
    const type = String.fromCharCode(header[typeAt] || 0x30);
    return { name, type, sizeBytes, modifiedAt: 0 };
  } catch (error) {
    if (error instanceof UstarError) return undefined;
    throw error;
  }
}

function headerAt(bytes: Uint8Array, at: number): Uint8Array {
  if (at < 0 || bytes.length < at + ustarBlockBytes)
    throw new UstarError('Fewer than 512 bytes are left for a header.');
  return bytes.subarray(at, at + ustarBlockBytes);
}

function joinedName(header: Uint8Array): string {
  const prefix = text(header, prefixField.at, prefixField.length);
  const name = text(header, nameField.at, nameField.length);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(bytes: Uint8Array, at: number, length: number, whole = false): string {
  let out = '';
  for (let index = at; index < at + length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === 0 && !whole) break;
    out += String.fromCharCode(byte);
  }
  return out;
}

function putText(bytes: Uint8Array, at: number, value: string): void {
  for (let index = 0; index < value.length; index += 1) bytes[at + index] = value.charCodeAt(index);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function readOctal(header: Uint8Array, field: { at: number; length: number }): number {
  const digits = text(header, field.at, field.length).trim();
  if (!/^[0-7]{1,12}$/.test(digits)) throw new UstarError('A number in the header is not octal.');
  return Number.parseInt(digits, 8);
}

function readBase256(header: Uint8Array, field: { at: number; length: number }): number {
  let value = (header[field.at] ?? 0) & 0x7f;
  for (let index = field.at + 1; index < field.at + field.length; index += 1)
    value = value * 256 + (header[index] ?? 0);
  if (!Number.isSafeInteger(value)) throw new UstarError('The size in the header is out of range.');
  return value;
}

/** Sum of all header bytes with the checksum field taken as blanks; old tars summed signed bytes. */
function sums(header: Uint8Array): { unsigned: number; signed: number } {
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < ustarBlockBytes; index += 1) {
    const inside = index >= checksumField.at && index < checksumField.at + checksumField.length;
    const byte = inside ? 0x20 : (header[index] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return { unsigned, signed };
}
