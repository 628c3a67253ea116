import { z } from 'zod';
import { blocksPerPage } from './block-table.ts';
import { BackupFileError } from './errors.ts';
import { type BackupFileInfo, blockCount, blockSizesBytes, type PointMetadata } from './restore-point.ts';
import { dataStart, readUint64, type Superblock, writeUint64 } from './superblock.ts';

/**
 * The root: what the file is (JSON), then where its index pages are (rows of 40 bytes, sorted by object and page).
 * The directory of a 64 TiB disk of 1 MiB blocks is 640 KiB; the pages themselves stay in the file.
 */
const rowBytes = 40;
export const largestRootBytes = 256 * 1024 * 1024;

const text = z.string().max(1024);
const wholeNumber = z.int().min(0);
const metadataSchema = z.object({
  pointUuid: z.guid(),
  createdAt: z.iso.datetime(),
  machine: z.object({ id: text, name: text, platform: text }),
  job: z.object({ id: text, name: text }),
  objects: z
    .array(z.object({ id: text, name: text, kind: z.enum(['disk', 'config']), sizeBytes: wholeNumber }))
    .max(65_535),
  blockSizeBytes: wholeNumber,
  productVersion: text,
});
const rootSchema = z.object({
  metadata: metadataSchema,
  codec: z.enum(['none', 'lz4', 'zstd']),
  storedBytes: wholeNumber,
  dataBytes: wholeNumber,
  indexBytes: wholeNumber,
  absorbed: z.array(z.guid()),
});

/** The JSON part. `indexBytes`: pages in use, as stored. */
export type RootFacts = z.infer<typeof rootSchema>;

export interface PageLocation {
  objectIndex: number;
  pageNumber: number;
  offset: number;
  storedBytes: number;
  plainBytes: number;
  checksum: bigint;
  entryCount: number;
  zstd: boolean;
}

/** The page directory, kept as the bytes it is stored as. */
export class PageDirectory {
  readonly bytes: Buffer;
  readonly length: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length / rowBytes;
  }

  static from(pages: Iterable<PageLocation>): PageDirectory {
    const builder = new PageDirectoryBuilder();
    for (const page of pages) builder.add(page);
    return builder.build();
  }

  at(row: number): PageLocation {
    const at = row * rowBytes;
    return {
      objectIndex: this.bytes.readUInt32LE(at),
      pageNumber: this.bytes.readUInt32LE(at + 4),
      offset: readUint64(this.bytes, at + 8),
      storedBytes: this.bytes.readUInt32LE(at + 16),
      plainBytes: this.bytes.readUInt32LE(at + 20),
      checksum: this.bytes.readBigUInt64LE(at + 24),
      entryCount: this.bytes.readUInt32LE(at + 32),
      zstd: this.bytes.readUInt32LE(at + 36) === 1,
    };
  }

  /** Where a page stands, or `undefined` when the file has no entry in it. */
  find(objectIndex: number, pageNumber: number): PageLocation | undefined {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order =
        this.bytes.readUInt32LE(middle * rowBytes) - objectIndex ||
        this.bytes.readUInt32LE(middle * rowBytes + 4) - pageNumber;
      if (order === 0) return this.at(middle);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<PageLocation> {
    for (let row = 0; row < this.length; row += 1) yield this.at(row);
  }
}

/** Collects page locations in any order. */
export class PageDirectoryBuilder {
  #rows: Buffer = Buffer.alloc(64 * rowBytes);
  #count = 0;

  add(page: PageLocation): void {
    const at = this.#count * rowBytes;
    if (at === this.#rows.length) this.#rows = Buffer.concat([this.#rows, Buffer.alloc(this.#rows.length)]);
    this.#rows.writeUInt32LE(page.objectIndex, at);
    this.#rows.writeUInt32LE(page.pageNumber, at + 4);
    writeUint64(this.#rows, page.offset, at + 8);
    this.#rows.writeUInt32LE(page.storedBytes, at + 16);
    this.#rows.writeUInt32LE(page.plainBytes, at + 20);
    this.#rows.writeBigUInt64LE(page.checksum, at + 24);
    this.#rows.writeUInt32LE(page.entryCount, at + 32);
    this.#rows.writeUInt32LE(page.zstd ? 1 : 0, at + 36);
    this.#count += 1;
  }

  build(): PageDirectory {
    const order = Uint32Array.from({ length: this.#count }, (_, row) => row);
    const key = (row: number, at: number): number => this.#rows.readUInt32LE(row * rowBytes + at);
    order.sort((a, b) => key(a, 0) - key(b, 0) || key(a, 4) - key(b, 4));
    const sorted = Buffer.alloc(this.#count * rowBytes);
    order.forEach((row, place) => this.#rows.copy(sorted, place * rowBytes, row * rowBytes, (row + 1) * rowBytes));
    return new PageDirectory(sorted);
  }
}

/** Throws `invalid-request` for metadata that could be written but not read again. */
export function checkMetadata(metadata: PointMetadata, path: string): void {
  const parsed = metadataSchema.safeParse(metadata);
  const ids = new Set(metadata.objects.map((object) => object.id));
  const problem = !parsed.success
    ? z.prettifyError(parsed.error)
    : ids.size !== metadata.objects.length
      ? 'two objects have the same id'
      : !blockSizesBytes.includes(metadata.blockSizeBytes)
        ? `a block size of ${metadata.blockSizeBytes} bytes is not offered`
        : undefined;
  if (problem) throw new BackupFileError('invalid-request', path, `A backup file cannot be described so: ${problem}.`);
}

export function encodeRoot(facts: RootFacts, directory: PageDirectory): Buffer {
  const json = Buffer.from(JSON.stringify(facts), 'utf8');
  const head = Buffer.alloc(8);
  head.writeUInt32LE(json.length, 0);
  head.writeUInt32LE(directory.length, 4);
  return Buffer.concat([head, json, directory.bytes]);
}

/** Reads a root's plain bytes; throws a plain Error that says what is wrong. */
export function decodeRoot(bytes: Buffer, superblock: Superblock): { facts: RootFacts; directory: PageDirectory } {
  const jsonBytes = bytes.length >= 8 ? bytes.readUInt32LE(0) : -1;
  const pages = bytes.length >= 8 ? bytes.readUInt32LE(4) : -1;
  if (bytes.length !== 8 + jsonBytes + pages * rowBytes) throw new Error('its root has the wrong length');
  const parsed = rootSchema.safeParse(JSON.parse(bytes.subarray(8, 8 + jsonBytes).toString('utf8')));
  if (!parsed.success) throw new Error(`its root is not as it must be: ${z.prettifyError(parsed.error)}`);
  const facts = parsed.data;
  const { objects, blockSizeBytes } = facts.metadata;
  if (blockSizeBytes !== superblock.blockSizeBytes)
    throw new Error('its root and superblock disagree on the block size');
  if (new Set(objects.map((object) => object.id)).size !== objects.length)
    throw new Error('its root names an object twice');
  const directory = new PageDirectory(bytes.subarray(8 + jsonBytes));
  let previous: PageLocation | undefined;
  for (const page of directory) {
    const object = objects[page.objectIndex];
    const inOrder =
      !previous ||
      previous.objectIndex < page.objectIndex ||
      (previous.objectIndex === page.objectIndex && previous.pageNumber < page.pageNumber);
    if (!object || !inOrder || page.pageNumber * blocksPerPage >= blockCount(object.sizeBytes, blockSizeBytes)) {
      throw new Error('its page directory is out of order');
    }
    previous = page;
  }
  return { facts, directory };
}

/** What a caller is told about a file. */
export function describeFile(
  path: string,
  fileSizeBytes: number,
  superblock: Superblock,
  facts: RootFacts,
): BackupFileInfo {
  const { root, keySection } = superblock;
  const used = facts.storedBytes + facts.indexBytes + root.storedBytes + (keySection?.storedBytes ?? 0);
  return {
    path,
    fileUuid: superblock.fileUuid,
    chainUuid: superblock.chainUuid,
    parentFileUuid: superblock.parentFileUuid,
    kind: superblock.kind,
    generation: superblock.generation,
    fileSizeBytes,
    storedBytes: facts.storedBytes,
    deadBytes: Math.max(0, superblock.committedBytes - dataStart - used),
    dataBytes: facts.dataBytes,
    metadata: facts.metadata,
    absorbed: facts.absorbed,
    stateUuid: facts.absorbed.at(-1) ?? superblock.fileUuid,
    encrypted: keySection !== undefined,
    codec: facts.codec,
  };
}
