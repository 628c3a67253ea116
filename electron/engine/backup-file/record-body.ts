import { zstdDecompressSync } from 'node:zlib';
import { readRecordHeader, recordHeaderBytes, recordType, type RecordType } from './record.ts';
import { openBody } from './sealing.ts';

/** The plain body of a record whose header and checksum were checked; throws a plain Error. */
export function openRecord(
  file: { sessionKeys: Record<string, Uint8Array> | undefined },
  sessions: ReadonlySet<string>,
  bytes: Buffer,
  largestBytes: number,
  what: string,
): Buffer {
  const header = readRecordHeader(bytes);
  if (!header || header.plainBytes > largestBytes) throw new Error(`${what} claims an impossible size`);
  const name = Buffer.from(header.session).toString('hex');
  if (!sessions.has(name)) throw new Error(`${what} belongs to a session that the file does not name`);
  const stored = bytes.subarray(recordHeaderBytes);
  const key = file.sessionKeys?.[name];
  const packed = key && isSealed(header.type) ? openBody(key, bytes, header.counter, stored) : stored;
  if (header.codec === 'none') {
    if (packed.length !== header.plainBytes) throw new Error(`${what} has the wrong length`);
    return packed;
  }
  if (header.codec !== 'zstd') throw new Error(`${what} is packed in a way that it must not be`);
  const plain = zstdDecompressSync(packed, { maxOutputLength: Math.max(1, header.plainBytes) });
  if (plain.length !== header.plainBytes) throw new Error(`${what} unpacks to the wrong length`);
  return plain;
}

function isSealed(type: RecordType): boolean {
  return type !== recordType.opening && type !== recordType.padding;
}
