import { randomBytes, sign } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import {
  Append,
  type Entry,
  type FileOptions,
  type PlannedObject,
  type PlannedPoint,
  type Session,
  type WrittenFile,
  blocksOfPage,
  copiesApartBytes,
  derive,
  digestOf,
  magic,
  none16,
  none32,
  numbers,
  recordHeaderBytes,
  seal,
  sealedKey,
  superblockBytes,
  types,
  u16,
  u32,
  u64,
  uuidText,
  h64Raw,
} from './backup-file-parts.ts';
import {
  kindNumbers,
  leavesOf,
  levelOfBlock,
  objectDigest,
  placeOf,
  raise,
  rootOf,
  sectionLevel,
  sumOf,
} from './state-digest.ts';

/**
 * Makes small backup files of format 2 as docs/format-2.md says, plainly and in memory. It shares no code with the engine:
 * what it makes is read by the engine and by the independent reader, and the other way round.
 */
export type { Codec, FileOptions, PlannedPoint } from './backup-file-parts.ts';

/** What a file holds beside its blocks: pages and groups twice, root twice, tail; then the head. */
function close(file: WrittenFile, append: Append, opening: { offset: number; digest: Buffer }, before: Buffer): Buffer {
  const { options, point } = file;
  const level = levelOfBlock(options.blockSizeBytes);
  const groupBits = options.groupBits ?? 0;
  const pages = point.objects.flatMap((object) => indexPages(file, append, object.id));
  const pageBytes = total(pages);
  const objects = point.objects
    .map((object) => {
      const sections = raise(raise(leavesOf(object.bytes), 0, level), level, sectionLevel);
      const content = rootOf(sections, sectionLevel);
      const size = object.bytes.length;
      const digest = objectDigest({ id: object.id, kind: object.kind, size, content });
      return { ...object, sections, content, place: placeOf(object.id), digest };
    })
    .sort((a, b) => Buffer.compare(a.place, b.place));
  const groupOf = (place: Uint8Array): number =>
    groupBits === 0 ? 0 : Buffer.from(place).readUInt32BE(0) >>> (32 - groupBits);
  const groupNumbers = [...new Set(objects.map(({ place }) => groupOf(place)))].sort((a, b) => a - b);
  const membersOf = (group: number) => objects.filter(({ place }) => groupOf(place) === group);
  const lengthOf = (group: number): number =>
    recordHeaderBytes +
    (options.encryption ? 16 : 0) +
    4 +
    membersOf(group).reduce(
      (sum, object) =>
        sum +
        56 +
        Buffer.byteLength(object.id) +
        Buffer.byteLength(object.name) +
        32 * object.sections.length +
        56 * pages.filter(({ id }) => id === object.id).length,
      0,
    );
  const first = append.end;
  const groupBytes = groupNumbers.reduce((sum, group) => sum + lengthOf(group), 0);
  const padding = append.padding(
    copiesApartBytes -
      Math.min(
        ...pages.map(({ bytes }) => pageBytes + groupBytes - bytes.length),
        pageBytes + groupBytes - Math.max(...groupNumbers.map(lengthOf), 0),
      ),
  );
  const second = first + pageBytes + groupBytes + padding.length;
  const groups = groupNumbers.map((group) => {
    const members = membersOf(group);
    const plain = Buffer.concat([
      u32(members.length),
      ...members.flatMap((object) => {
        const own = pages.filter(({ id }) => id === object.id);
        return [
          numbers(1, kindNumbers[object.kind]),
          numbers(1, 0),
          u16(Buffer.byteLength(object.id)),
          u16(Buffer.byteLength(object.name)),
          u16(0),
          u64(object.bytes.length),
          u32(object.sections.length),
          u32(own.length),
          Buffer.from(object.content),
          Buffer.from(object.id),
          Buffer.from(object.name),
          ...object.sections.map((section) => Buffer.from(section)),
          ...own.map((page) => {
            const ahead = total(pages.slice(0, pages.indexOf(page)));
            return Buffer.concat([
              u32(page.page),
              u32(page.entries),
              u64(first + ahead),
              u64(second + ahead),
              u32(page.stored.length),
              u32(page.plain),
              u64(page.checksum),
              numbers(6, page.counter),
              u16(0),
              u64(0),
            ]);
          }),
        ];
      }),
    ]);
    return { group, members, ...append.record(types.groupPage, plain, { number: group }, 'none') };
  });
  for (const { bytes } of [...pages, ...groups]) append.raw(bytes);
  append.raw(padding);
  for (const { bytes } of [...pages, ...groups]) append.raw(bytes);

  const json = Buffer.from(
    JSON.stringify({
      createdAt: new Date(point.createdAtMs).toISOString(),
      machine: point.machine,
      job: point.job,
      codec: options.codec,
      sourceBytes: point.objects.reduce((sum, { bytes }) => sum + bytes.length, 0),
      dataBytes: 0,
      storedBytes: 0,
      deadBytes: 0,
      absorbed: file.absorbed,
      producer: 'counterpart',
      marksNumber: 0,
    }),
  );
  let ahead = pageBytes;
  const plainRoot = Buffer.concat([
    u32(json.length),
    u32(file.sessions.length),
    u32(groupBits),
    u32(groups.length),
    json,
    ...file.sessions.map((session) =>
      Buffer.concat([session.uuid, sealedKey(options, session), u64(0), u64(session.generation)]),
    ),
    ...groups.map(({ group, members, bytes, stored, plain, counter }) => {
      const row = Buffer.concat([
        u32(group),
        u32(members.length),
        u64(first + ahead),
        u64(second + ahead),
        u32(stored.length),
        u32(plain),
        digestOf(stored),
        Buffer.from(sumOf(members)),
        numbers(6, counter),
        u16(0),
      ]);
      ahead += bytes.length;
      return row;
    }),
  ]);
  const { encryption } = options;
  const salt = encryption ? (options.random ?? randomBytes)(32) : none32;
  const frame = zstdCompressSync(plainRoot);
  const associated = Buffer.concat([Buffer.from('root'), options.fileUuid, u64(file.generation)]);
  const root = Buffer.concat([
    salt,
    encryption
      ? seal(derive(encryption.fileKey, salt, 'reelvault 2 root'), Buffer.alloc(12), associated, frame)
      : frame,
  ]);
  const firstRoot = append.raw(root);
  const keyCopy = encryption ? append.raw(encryption.keySection) : 0;
  if (!encryption) append.raw(Buffer.alloc(copiesApartBytes));
  const secondRoot = append.raw(root);
  file.state = Buffer.from(sumOf(objects));
  const clear = Buffer.concat([
    u32(2),
    Buffer.alloc(12),
    numbers(1, file.kind === 'full' ? 1 : 2),
    numbers(1, encryption ? 1 : 0),
    u16(0),
    u32(options.blockSizeBytes),
    options.fileUuid,
    options.chainUuid,
    point.pointUuid,
    file.parentPoint,
    file.parentState,
    file.state,
    u64(point.createdAtMs),
    u64(file.generation),
    u64(append.end + superblockBytes),
    u64(opening.offset),
    opening.digest,
    u64(firstRoot),
    u64(secondRoot),
    u32(root.length),
    u32(plainRoot.length),
    digestOf(root),
    u32(encryption?.keySection.length ?? 0),
    u32(0),
    u64(keyCopy),
    encryption ? digestOf(encryption.keySection) : none32,
    options.signer?.publicKey ?? none32,
  ]);
  const signature = options.signer
    ? sign(null, Buffer.concat([Buffer.from('reelvault superblock 2\0'), clear]), options.signer.privateKey)
    : Buffer.alloc(64);
  const superblock = (place: number): Buffer => {
    const bytes = Buffer.concat([magic, clear, signature, numbers(1, place), Buffer.alloc(3663)]);
    return Buffer.concat([bytes, u64(h64Raw(bytes))]);
  };
  append.raw(superblock(2));
  const whole = Buffer.concat([before, append.done()]);
  superblock(0).copy(whole, 0);
  superblock(1).copy(whole, superblockBytes);
  return whole;
}

const total = (records: readonly { bytes: Buffer }[]): number =>
  records.reduce((sum, { bytes }) => sum + bytes.length, 0);

function indexPages(file: WrittenFile, append: Append, id: string) {
  const entries = [...(file.entries.get(id) ?? [])].sort(([a], [b]) => a - b);
  const wanted = [...new Set(entries.map(([block]) => Math.floor(block / blocksOfPage)))];
  return wanted.map((page) => {
    const rows = entries.filter(([block]) => Math.floor(block / blocksOfPage) === page);
    const plain = Buffer.concat([
      u32(rows.length),
      u32(0),
      ...rows.map(([, entry]) => Buffer.from(entry.digest)),
      ...rows.map(([, entry]) => u64(entry.checksum)),
      ...rows.map(([, entry]) => u64(entry.offset)),
      ...rows.map(([, entry]) => u32(entry.stored)),
      ...rows.map(([block]) => u16(block - page * blocksOfPage)),
      ...rows.map(([, entry]) => numbers(1, entry.state)),
    ]);
    return {
      id,
      page,
      entries: rows.length,
      ...append.record(types.indexPage, plain, { object: objectKey(id), number: page }, 'zstd'),
    };
  });
}

const objectKey = (id: string): Buffer => Buffer.from(placeOf(id)).subarray(0, 8);

function openSession(options: FileOptions, generation: number): Session {
  const random = options.random ?? randomBytes;
  return { uuid: random(16), key: options.encryption ? random(32) : none32, counter: 0, generation };
}

function open(file: WrittenFile, append: Append): { offset: number; digest: Buffer } {
  const { options, point, sessions } = file;
  const opening = append.record(
    types.opening,
    Buffer.concat([
      options.fileUuid,
      u64(file.generation),
      point.pointUuid,
      file.parentPoint,
      file.parentState,
      u64(point.createdAtMs),
      u32(sessions.length),
      u32(0),
      // Its own first.
      ...[append.session, ...sessions.filter((session) => session !== append.session)].flatMap((session) => [
        session.uuid,
        sealedKey(options, session),
      ]),
    ]),
    {},
    'none',
  );
  const offset = append.raw(opening.bytes);
  const objects = point.objects.map(({ id, name, kind, bytes }) => ({ id, name, kind, sizeBytes: bytes.length }));
  append.raw(append.record(types.objects, Buffer.from(JSON.stringify(objects)), {}, 'zstd').bytes);
  return { offset, digest: digestOf(opening.bytes) };
}

const blocksOf = (object: PlannedObject | undefined, size: number): Uint8Array[] => {
  const blocks = [];
  for (let at = 0; at < (object?.bytes.length ?? 0); at += size) blocks.push(object!.bytes.subarray(at, at + size));
  return blocks;
};

function write(
  kind: 'full' | 'increment',
  point: PlannedPoint,
  options: FileOptions,
  parent: Pick<WrittenFile, 'point' | 'state'> | undefined,
): WrittenFile {
  const head = Buffer.concat([Buffer.alloc(2 * superblockBytes), options.encryption?.keySection ?? Buffer.alloc(0)]);
  const session = openSession(options, 1);
  const file: WrittenFile = {
    bytes: head,
    kind,
    options,
    point,
    state: none32,
    parentPoint: parent?.point.pointUuid ?? none16,
    parentState: parent?.state ?? none32,
    generation: 1,
    entries: new Map(),
    sessions: [session],
    absorbed: [],
  };
  const append = new Append(options, session, head.length);
  const opening = open(file, append);
  const size = options.blockSizeBytes;
  const level = levelOfBlock(size);
  const stored = new Map<string, Entry & { counter: number }>();
  for (const object of point.objects) {
    const entries = new Map<number, Entry>();
    const before = parent?.point.objects.find(({ id }) => id === object.id);
    const old = blocksOf(before, size);
    const ends =
      before && before.bytes.length !== object.bytes.length
        ? [before.bytes.length, object.bytes.length].map((length) => Math.max(0, Math.ceil(length / size) - 1))
        : [];
    for (const [number, bytes] of blocksOf(object, size).entries()) {
      const was = old[number];
      const zero = bytes.every((byte) => byte === 0);
      const same = kind === 'increment' && !ends.includes(number) && (was ? Buffer.from(was).equals(bytes) : zero);
      if (same || (kind === 'full' && zero)) continue;
      const digest = rootOf(raise(leavesOf(bytes), 0, level), level);
      const place = { object: objectKey(object.id), number };
      if (zero) {
        append.raw(append.record(types.zeros, u64(1), place, 'none').bytes);
        entries.set(number, { digest, state: 1, offset: 0, stored: 0, checksum: 0n });
        continue;
      }
      const known = stored.get(Buffer.from(digest).toString('hex'));
      if (known) {
        const body = Buffer.concat([session.uuid, numbers(6, known.counter), u16(0)]);
        append.raw(append.record(types.same, body, place, 'none').bytes);
        entries.set(number, known);
        continue;
      }
      const record = append.record(types.block, bytes, place, options.codec);
      const offset = append.raw(record.bytes);
      const entry = { digest, state: 2 as const, offset, stored: record.stored.length, checksum: record.checksum };
      stored.set(Buffer.from(digest).toString('hex'), { ...entry, counter: record.counter });
      entries.set(number, entry);
    }
    file.entries.set(object.id, entries);
  }
  file.bytes = close(file, append, opening, head);
  return file;
}

export const writeFull = (point: PlannedPoint, options: FileOptions): WrittenFile =>
  write('full', point, options, undefined);

export const writeIncrement = (
  point: PlannedPoint,
  options: FileOptions,
  parent: Pick<WrittenFile, 'point' | 'state'>,
): WrittenFile => write('increment', point, options, parent);

/** The full with an increment merged into it: records moved unopened, pages and root anew. */
export function mergeInto(full: WrittenFile, increment: WrittenFile): WrittenFile {
  const { options } = full;
  const generation = full.generation + 1;
  const session = openSession(options, generation);
  const taken = increment.sessions.filter(({ uuid }) => !full.sessions.some((known) => known.uuid.equals(uuid)));
  const file: WrittenFile = {
    ...full,
    point: increment.point,
    generation,
    sessions: [...full.sessions, ...taken.map((one) => ({ ...one, generation })), session],
    absorbed: [...full.absorbed, uuidText(increment.options.fileUuid)],
    entries: new Map(),
  };
  const append = new Append(options, session, full.bytes.length);
  const opening = open(file, append);
  const moved = new Map<number, number>();
  for (const object of increment.point.objects) {
    const blocks = Math.ceil(object.bytes.length / options.blockSizeBytes);
    const entries = new Map([...(full.entries.get(object.id) ?? [])].filter(([number]) => number < blocks));
    for (const [number, entry] of increment.entries.get(object.id) ?? []) {
      if (entry.state === 1) {
        entries.delete(number);
        continue;
      }
      let offset = entry.offset;
      if (entry.state === 2) {
        offset =
          moved.get(entry.offset) ??
          append.raw(increment.bytes.subarray(entry.offset, entry.offset + recordHeaderBytes + entry.stored));
        moved.set(entry.offset, offset);
      }
      entries.set(number, { ...entry, offset });
    }
    file.entries.set(object.id, entries);
  }
  file.bytes = close(file, append, opening, full.bytes);
  return file;
}
