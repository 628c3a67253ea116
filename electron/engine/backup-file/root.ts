import { randomBytes } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { BackupFileError } from './errors.ts';
import { blockSizesBytes, objectKinds, type PointMetadata } from './restore-point.ts';
import { largestIdBytes, largestNameBytes, largestGroupBits } from './group-page.ts';
import { openRoot, saltBytes, sealedKeyBytes, sealRoot } from './sealing.ts';
import { readUint64, type Superblock, writeUint64 } from './superblock.ts';

/**
 * The root of a file: what it is (JSON), the sessions whose records it holds, and where its group pages are (docs/format-2.md
 * §2). It stands twice, and its digest in the superblock covers everything that hangs from it.
 */
const headBytes = 16;
const sessionBytes = 80;
const groupBytes = 104;
export const largestRootBytes = 64 * 1024 * 1024;
export const largestSessions = 65_536;

const text = z.string().max(4096);
const wholeNumber = z.int().min(0);
const factsSchema = z.object({
  createdAt: z.iso.datetime(),
  machine: z.object({ id: text, name: text, platform: text }),
  job: z.object({ id: text, name: text }),
  codec: z.enum(['none', 'lz4', 'zstd']),
  sourceBytes: wholeNumber,
  dataBytes: wholeNumber,
  storedBytes: wholeNumber,
  deadBytes: wholeNumber,
  absorbed: z.array(z.guid()).max(4096),
  producer: text,
  marksNumber: wholeNumber,
});
/**
 * The JSON part. `dataBytes`: plain bytes of the blocks that entries of this file name; `storedBytes`: their records, each
 * once; `deadBytes`: what compacting would give back.
 */
export type RootFacts = z.infer<typeof factsSchema>;

/** A session whose records a file may hold. */
export interface SessionRow {
  /** 32 hexadecimal digits: a name to look it up by. */
  name: string;
  /** Its key, sealed under the file's; zero in a plain file. */
  sealedKey: Uint8Array;
  /** In which generation of the file it was opened or taken in. */
  generation: number;
}

/** A group page in this file, or in the parent (`location` null). */
export interface GroupRow {
  bits: number;
  objects: number;
  sum: Uint8Array;
  location: {
    offsets: readonly [number, number];
    storedBytes: number;
    plainBytes: number;
    digest: Uint8Array;
    counter: number;
  } | null;
}

export interface Root {
  facts: RootFacts;
  sessions: SessionRow[];
  groupBits: number;
  groups: GroupRow[];
}

/** Throws `invalid-request` for metadata that could be written but not read again. */
export function checkMetadata(metadata: PointMetadata, path: string): void {
  const ids = new Set(metadata.objects.map((object) => object.id));
  const long = metadata.objects.find(
    ({ id, name }) => id === '' || Buffer.byteLength(id) > largestIdBytes || Buffer.byteLength(name) > largestNameBytes,
  );
  const kind = metadata.objects.find((object) => !objectKinds.includes(object.kind));
  const texts = [
    metadata.machine.id,
    metadata.machine.name,
    metadata.machine.platform,
    metadata.job.id,
    metadata.job.name,
  ];
  const problem = long
    ? `“${long.name}” has an impossible name`
    : kind
      ? `“${kind.name}” is of an unknown kind`
      : ids.size !== metadata.objects.length
        ? 'two objects have the same id'
        : !blockSizesBytes.includes(metadata.blockSizeBytes)
          ? `a block size of ${metadata.blockSizeBytes} bytes is not offered`
          : !z.iso.datetime().safeParse(metadata.createdAt).success
            ? `“${metadata.createdAt}” is no time`
            : !z.guid().safeParse(metadata.pointUuid).success
              ? `“${metadata.pointUuid}” is no UUID`
              : texts.some((one) => one.length > 4096)
                ? 'a name is too long'
                : undefined;
  if (problem) throw new BackupFileError('invalid-request', path, `A backup file cannot be described so: ${problem}.`);
}

export function encodeRoot(root: Root): Buffer {
  const json = Buffer.from(JSON.stringify(root.facts), 'utf8');
  const bytes = Buffer.alloc(
    headBytes + json.length + root.sessions.length * sessionBytes + root.groups.length * groupBytes,
  );
  bytes.writeUInt32LE(json.length, 0);
  bytes.writeUInt32LE(root.sessions.length, 4);
  bytes.writeUInt32LE(root.groupBits, 8);
  bytes.writeUInt32LE(root.groups.length, 12);
  bytes.set(json, headBytes);
  let at = headBytes + json.length;
  for (const session of root.sessions) {
    bytes.set(Buffer.from(session.name, 'hex'), at);
    bytes.set(session.sealedKey, at + 16);
    writeUint64(bytes, session.generation, at + 72);
    at += sessionBytes;
  }
  for (const group of root.groups) {
    bytes.writeUInt32LE(group.bits, at);
    bytes.writeUInt32LE(group.objects, at + 4);
    if (group.location) {
      writeUint64(bytes, group.location.offsets[0], at + 8);
      writeUint64(bytes, group.location.offsets[1], at + 16);
      bytes.writeUInt32LE(group.location.storedBytes, at + 24);
      bytes.writeUInt32LE(group.location.plainBytes, at + 28);
      bytes.set(group.location.digest, at + 32);
      bytes.writeUIntLE(group.location.counter, at + 96, 6);
    }
    bytes.set(group.sum, at + 64);
    at += groupBytes;
  }
  return bytes;
}

/** Reads a root's plain bytes; throws a plain Error that says what is wrong. */
export function decodeRoot(bytes: Buffer, superblock: Superblock): Root {
  if (bytes.length < headBytes) throw new Error('its root is too short');
  const [jsonBytes, sessionCount, groupBits, groupCount] = [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  if (bytes.length !== headBytes + jsonBytes + sessionCount * sessionBytes + groupCount * groupBytes) {
    throw new Error('its root has the wrong length');
  }
  if (groupBits > largestGroupBits || groupCount > 2 ** groupBits || sessionCount > largestSessions) {
    throw new Error('its root claims what the format does not allow');
  }
  const parsed = factsSchema.safeParse(JSON.parse(bytes.subarray(headBytes, headBytes + jsonBytes).toString('utf8')));
  if (!parsed.success) throw new Error(`its root is not as it must be: ${z.prettifyError(parsed.error)}`);
  if (Date.parse(parsed.data.createdAt) !== superblock.createdAtMs) {
    throw new Error('its root and superblock disagree on when it was made');
  }
  let at = headBytes + jsonBytes;
  const sessions = Array.from({ length: sessionCount }, () => {
    const session: SessionRow = {
      name: bytes.toString('hex', at, at + 16),
      sealedKey: bytes.subarray(at + 16, at + 16 + sealedKeyBytes),
      generation: readUint64(bytes, at + 72),
    };
    at += sessionBytes;
    return session;
  });
  let previous = -1;
  const groups = Array.from({ length: groupCount }, () => {
    const group = decodeGroup(bytes.subarray(at, at + groupBytes), superblock);
    if (group.bits <= previous || group.bits >= 2 ** groupBits) throw new Error('its groups are out of order');
    previous = group.bits;
    at += groupBytes;
    return group;
  });
  return { facts: parsed.data, sessions, groupBits, groups };
}

function decodeGroup(row: Buffer, superblock: Superblock): GroupRow {
  const storedBytes = row.readUInt32LE(24);
  const offsets = [readUint64(row, 8), readUint64(row, 16)] as const;
  const inParent = storedBytes === 0;
  if (inParent && superblock.kind === 'full') throw new Error('a group of it has no place');
  const inside = offsets.every((offset) => offset >= 8192 && offset + 64 + storedBytes <= superblock.committedBytes);
  if (!inParent && !inside) throw new Error('a group of it cannot be where it says');
  return {
    bits: row.readUInt32LE(0),
    objects: row.readUInt32LE(4),
    sum: row.subarray(64, 96),
    location: inParent
      ? null
      : {
          offsets,
          storedBytes,
          plainBytes: row.readUInt32LE(28),
          digest: row.subarray(32, 64),
          counter: row.readUIntLE(96, 6),
        },
  };
}

/** The stored bytes of a root: salt, then the packed root, encrypted where the file is. */
export function sealedRoot(
  plain: Buffer,
  file: { fileUuid: string; generation: number; fileKey: Uint8Array | undefined },
  random: (bytes: number) => Uint8Array = randomBytes,
): Buffer {
  const frame = zstdCompressSync(plain, {
    chunkSize: plain.length + 8192,
    pledgedSrcSize: plain.length,
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  if (!file.fileKey) return Buffer.concat([Buffer.alloc(saltBytes), frame]);
  const salt = random(saltBytes);
  return Buffer.concat([salt, sealRoot(file.fileKey, salt, file, frame)]);
}

/** The opposite of {@link sealedRoot}; throws a plain Error. */
export function unsealedRoot(
  stored: Buffer,
  plainBytes: number,
  file: { fileUuid: string; generation: number; fileKey: Uint8Array | undefined },
): Buffer {
  if (plainBytes > largestRootBytes) throw new Error('its root claims an impossible size');
  const salt = stored.subarray(0, saltBytes);
  const rest = stored.subarray(saltBytes);
  const frame = file.fileKey ? openRoot(file.fileKey, salt, file, rest) : rest;
  const plain = zstdDecompressSync(frame, { maxOutputLength: Math.max(1, plainBytes) });
  if (plain.length !== plainBytes) throw new Error('its root unpacks to the wrong length');
  return plain;
}
