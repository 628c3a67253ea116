/** CRC32C (Castagnoli), the digest of iSCSI (RFC 7143, 13.1): reflected polynomial 82F63B78h, by slices of eight bytes. */

const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];
for (let value = 0; value < 256; value++) {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  t0[value] = crc;
}
for (let table = 1; table < 8; table++) {
  const [before, own] = [tables[table - 1] as Uint32Array, tables[table] as Uint32Array];
  for (let value = 0; value < 256; value++) {
    const crc = before[value] as number;
    own[value] = (t0[crc & 0xff] as number) ^ (crc >>> 8);
  }
}

/** CRC of bytes that follow others: `crc32c(b, crc32c(a))` is that of a and b together. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (t7[low & 0xff] as number) ^
      (t6[(low >>> 8) & 0xff] as number) ^
      (t5[(low >>> 16) & 0xff] as number) ^
      (t4[low >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number);
  }
  for (; at < bytes.length; at++) crc = (t0[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The four bytes a digest has on the wire: the CRC, least significant byte first. */
export function digestBytes(crc: number): Uint8Array {
  return Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24);
}
