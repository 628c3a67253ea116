import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { BlockTable, blocksPerPage, blockState } from './block-table.ts';
import { Chain } from './chain.ts';
import { checksumOf } from './checksum.ts';
import { decompress } from './codec.ts';
import type { FilePlace } from '../files/file-place.ts';
import { BackupFileError } from './errors.ts';
import { bodyChecksum, readRecordHeader, recordHeaderBytes, recordType } from './record.ts';
import { type Keys, type ObjectInfo, plainLength, type PointMetadata } from './restore-point.ts';
import { openBody } from './sealing.ts';
import { blockDigest } from './state-digest.ts';
import { readFully } from './stored-bytes.ts';
import type { StoredFile } from './stored-file.ts';

const unzstd = promisify(zstdDecompress);
const tablesKept = 4;
const blocksKept = 4;

/** Random access to the disks of one restore point. */
export interface PointReader {
  readonly metadata: PointMetadata;
  readonly objects: readonly ObjectInfo[];
  /** Fills `buffer` with plain bytes from `offset` on. Every block read is checked. Calls may overlap. */
  readRange(objectIndex: number, offset: number, buffer: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a restore point given its files, newest first, the full last. Throws `chain-incomplete` unless they link up;
 * `readRange` throws `corrupt` for a block that is not what was written.
 */
export async function openPoint(places: readonly FilePlace[], keys?: Keys): Promise<PointReader> {
  const chain = await Chain.open(places, keys);
  const tables = createCache<BlockTable>(tablesKept);
  const blocks = createCache<Uint8Array | undefined>(blocksKept);
  const { objects, blockSizeBytes } = chain.metadata;

  const tableOf = (objectIndex: number, object: ObjectInfo, page: number): Promise<BlockTable> =>
    tables.get(`${objectIndex}/${page}`, async () => {
      const table = new BlockTable();
      await chain.readPage(object.id, page, table);
      return table;
    });
  const blockOf = (objectIndex: number, object: ObjectInfo, block: number): Promise<Uint8Array | undefined> =>
    blocks.get(`${objectIndex}/${block}`, async () => {
      const table = await tableOf(objectIndex, object, Math.floor(block / blocksPerPage));
      const row = block % blocksPerPage;
      if (table.state(row) === blockState.lost) {
        const message = `Block ${block} of ${object.name} is lost: ${chain.newest.path} says so.`;
        throw new BackupFileError('lost', chain.newest.path, message);
      }
      if (!table.hasData(row)) return undefined;
      const file = chain.files[table.files[row] ?? 0] as StoredFile;
      return readBlock(file, table, row, plainLength(block, object.sizeBytes, blockSizeBytes));
    });

  return {
    metadata: chain.metadata,
    objects,
    async readRange(objectIndex, offset, buffer) {
      const object = objects[objectIndex];
      if (!object) throw new BackupFileError('object-missing', chain.newest.path, `There is no object ${objectIndex}.`);
      if (offset < 0 || offset + buffer.length > object.sizeBytes) {
        const message = `Bytes ${offset} to ${offset + buffer.length} lie outside ${object.name} (${object.sizeBytes} bytes).`;
        throw new BackupFileError('invalid-request', chain.newest.path, message);
      }
      for (let done = 0; done < buffer.length; ) {
        const block = Math.floor((offset + done) / blockSizeBytes);
        const within = offset + done - block * blockSizeBytes;
        const length = Math.min(buffer.length - done, blockSizeBytes - within);
        const plain = await blockOf(objectIndex, object, block);
        if (plain) buffer.set(plain.subarray(within, within + length), done);
        else buffer.fill(0, done, done + length);
        done += length;
      }
    },
    close: () => chain.close(),
  };
}

async function readBlock(file: StoredFile, table: BlockTable, row: number, plainBytes: number): Promise<Uint8Array> {
  const offset = table.offsets[row] ?? 0;
  const record = Buffer.allocUnsafe(recordHeaderBytes + (table.storedBytes[row] ?? 0));
  await readFully(file.handle, record, offset, record.length);
  try {
    const header = readRecordHeader(record);
    const stored = record.subarray(recordHeaderBytes);
    if (
      header?.type !== recordType.block ||
      header.storedBytes !== stored.length ||
      header.plainBytes !== plainBytes ||
      bodyChecksum(record) !== table.checksums[row] ||
      checksumOf(stored) !== table.checksums[row]
    ) {
      throw new Error('it does not match its header or checksum');
    }
    const key = file.sessionKeys?.[Buffer.from(header.session).toString('hex')];
    if (file.sessionKeys && !key) throw new Error('it belongs to a session that the file does not name');
    const packed = key ? openBody(key, record, header.counter, stored) : stored;
    const plain =
      header.codec === 'zstd'
        ? await unzstd(packed, { chunkSize: Math.max(64, plainBytes), maxOutputLength: plainBytes })
        : decompress(header.codec, packed, plainBytes);
    if (plain.length !== plainBytes) throw new Error(`it unpacks to ${plain.length} bytes instead of ${plainBytes}`);
    if (Buffer.compare(blockDigest(plain), table.digest(row)) !== 0) {
      throw new Error('it does not have the content it had when it was backed up');
    }
    return plain;
  } catch (cause) {
    const reason = messageOf(cause);
    const message = `${file.path} is damaged: the block at byte ${offset} cannot be read: ${reason}.`;
    throw new BackupFileError('corrupt', file.path, message, { cause });
  }
}

/** Keeps the most recently used results; simultaneous requests for one thing share the work; failures are forgotten. */
function createCache<Value>(places: number): { get(key: string, make: () => Promise<Value>): Promise<Value> } {
  const kept = new Map<string, Promise<Value>>();
  return {
    get(key, make) {
      const value = kept.get(key) ?? make();
      kept.delete(key);
      kept.set(key, value);
      value.catch(() => kept.delete(key));
      const oldest = kept.size > places ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      return value;
    },
  };
}
