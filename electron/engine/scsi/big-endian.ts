/** SCSI fields are big-endian. Reads beyond the end of the bytes give zeros: replies may be cut short. */

export function get16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function get24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | get16(bytes, at + 1);
}

export function get32(bytes: Uint8Array, at: number): number {
  return get16(bytes, at) * 0x1_0000 + get16(bytes, at + 2);
}

/** Values above 2^53 lose their lowest bits; no tape is that long. */
export function get64(bytes: Uint8Array, at: number): number {
  return get32(bytes, at) * 0x1_0000_0000 + get32(bytes, at + 4);
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function put24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  put16(bytes, at + 1, value);
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at, (value / 0x1_0000) & 0xffff);
  put16(bytes, at + 2, value & 0xffff);
}

export function put64(bytes: Uint8Array, at: number, value: number): void {
  put32(bytes, at, Math.floor(value / 0x1_0000_0000));
  put32(bytes, at + 4, value >>> 0);
}

/** Text of a fixed field: printable ASCII only, blanks and NULs at either end taken off. */
export function getText(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const nul = field.indexOf(0);
  const text = latin1.decode(nul < 0 ? field : field.subarray(0, nul));
  return text.replace(unprintable, '?').trim();
}

const latin1 = new TextDecoder('latin1');
const unprintable = /[^\x20-\x7e]/g;

/** Writes text left-aligned into a field, blanks after it, cut to fit. */
export function putText(bytes: Uint8Array, at: number, length: number, text: string): void {
  for (let i = 0; i < length; i++) bytes[at + i] = i < text.length ? text.charCodeAt(i) & 0x7f : 0x20;
}
