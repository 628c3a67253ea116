import { hkdfSync, randomBytes } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { blake3 } from '@napi-rs/blake-hash';
import type { AppendingSession } from './block-task.ts';
import { checksumOf } from './checksum.ts';
import { recordHeaderBytes, recordType, type RecordType, setBodyChecksum, writeRecordHeader } from './record.ts';
import type { Codec, ObjectInfo } from './restore-point.ts';
import type { SessionRow } from './root.ts';
import { sealBody, sealedKeyBytes, sealSessionKey, tagBytes } from './sealing.ts';
import { placeOf } from './state-digest.ts';
import { type Superblock, writeUint64 } from './superblock.ts';
import { uuidToBytes } from './uuid-bytes.ts';

/**
 * One append by one running writer (docs/format-2.md §4): a UUID and, in an encrypted file, a key of its own. It is never
 * continued: whoever goes on after an interruption opens another.
 */
export function openAppendSession(encrypted: boolean): AppendingSession {
  return { uuid: randomBytes(16), key: encrypted ? randomBytes(32) : undefined };
}

/**
 * The session of a file that has to be the same bytes when it is made again: made from what decides its bytes, so that anything
 * else gives another session. `salt` belongs to the intent.
 */
export function repeatableSession(
  fileKey: Uint8Array | undefined,
  salt: Uint8Array,
  sources: readonly Uint8Array[],
  settings: { blockSizeBytes: number; encoder: string },
): AppendingSession {
  const decided = blake3(Buffer.concat([...sources, Buffer.from(`${settings.blockSizeBytes} ${settings.encoder}`)]));
  const info = Buffer.concat([Buffer.from('reelvault 2 repeatable '), decided]);
  const made = Buffer.from(hkdfSync('sha256', fileKey ?? Buffer.alloc(32), salt, info, 48));
  return { uuid: made.subarray(0, 16), key: fileKey && made.subarray(16) };
}

export function sessionName(session: Pick<AppendingSession, 'uuid'>): string {
  return Buffer.from(session.uuid).toString('hex');
}

/** A session as a file names it: its key sealed under the file's. */
export function sessionRow(session: AppendingSession, fileKey: Uint8Array | undefined, generation: number): SessionRow {
  const sealedKey =
    fileKey && session.key ? sealSessionKey(fileKey, session.uuid, session.key) : Buffer.alloc(sealedKeyBytes);
  return { name: sessionName(session), sealedKey, generation };
}

/** What names an object in the headers of its records. */
export function objectKey(objectId: string): Uint8Array {
  return placeOf(objectId).subarray(0, 8);
}

const noObject = Buffer.alloc(8);

export interface MadeRecord {
  bytes: Buffer;
  /** Of its body. */
  storedBytes: number;
  plainBytes: number;
  checksum: bigint;
  counter: number;
  body: Buffer;
}

/** A whole record. `codec` zstd is tried, and kept where it makes the body shorter. */
export function makeRecord(
  session: AppendingSession,
  counter: number,
  type: RecordType,
  plain: Buffer,
  more: { object?: Uint8Array; number?: number; codec?: 'none' | 'zstd' } = {},
): MadeRecord {
  const { body, codec } = more.codec === 'zstd' ? packed(plain) : { body: plain, codec: 'none' as Codec };
  const clear = type === recordType.opening || type === recordType.padding;
  const key = clear ? undefined : session.key;
  const storedBytes = body.length + (key ? tagBytes : 0);
  const bytes = Buffer.alloc(recordHeaderBytes + storedBytes);
  const header = bytes.subarray(0, recordHeaderBytes);
  writeRecordHeader(header, {
    type,
    codec,
    counter,
    plainBytes: plain.length,
    session: session.uuid,
    object: more.object ?? noObject,
    number: more.number ?? 0,
    storedBytes,
  });
  const stored = bytes.subarray(recordHeaderBytes);
  if (key) sealBody(key, header, counter, body, stored);
  else body.copy(stored);
  const checksum = checksumOf(stored);
  setBodyChecksum(header, checksum);
  return { bytes, storedBytes, plainBytes: plain.length, checksum, counter, body: stored };
}

function packed(plain: Buffer): { body: Buffer; codec: Codec } {
  const body = zstdCompressSync(plain, {
    chunkSize: plain.length + 8192,
    pledgedSrcSize: plain.length,
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  return body.length < plain.length ? { body, codec: 'zstd' } : { body: plain, codec: 'none' };
}

/** What a file will hold once an append to it is committed. */
export interface AppendedPoint {
  pointUuid: string;
  parent: Superblock['parent'];
  createdAtMs: number;
  objects: readonly ObjectInfo[];
}

const mostNamedObjects = 4096;

/** The two records that an append begins with: what salvage needs, and the objects' names. `sessions`: its own first. */
export function openingRecords(
  session: AppendingSession,
  file: { fileUuid: string; generation: number },
  point: AppendedPoint,
  sessions: readonly SessionRow[],
  nextRecord: () => number,
): { opening: MadeRecord; objects: MadeRecord } {
  const body = Buffer.alloc(104 + 64 * sessions.length);
  body.set(uuidToBytes(file.fileUuid), 0);
  writeUint64(body, file.generation, 16);
  body.set(uuidToBytes(point.pointUuid), 24);
  if (point.parent) {
    body.set(uuidToBytes(point.parent.pointUuid), 40);
    body.set(point.parent.state, 56);
  }
  writeUint64(body, point.createdAtMs, 88);
  body.writeUInt32LE(sessions.length, 96);
  for (const [index, { name, sealedKey }] of sessions.entries()) {
    body.set(Buffer.from(name, 'hex'), 104 + index * 64);
    body.set(sealedKey, 120 + index * 64);
  }
  const named = point.objects.slice(0, mostNamedObjects);
  const names = named.map(({ id, name, kind, sizeBytes }) => ({ id, name, kind, sizeBytes }));
  return {
    opening: makeRecord(session, nextRecord(), recordType.opening, body),
    objects: makeRecord(session, nextRecord(), recordType.objects, Buffer.from(JSON.stringify(names)), {
      codec: 'zstd',
    }),
  };
}
