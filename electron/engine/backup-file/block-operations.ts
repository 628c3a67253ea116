import type { FaultEffect } from '../faults/fault-points.ts';
import { readAt, writeAt } from './block-io.ts';
import { headerBuffer, plainBuffer, sealedBuffer, storedBuffer, unsealedBuffer, zeroBuffer } from './block-memory.ts';
import { type BlockTable, blockState, checkOutcome, settledRow, sharedFlag } from './block-table.ts';
import type {
  CheckTask,
  MoveTask,
  RestoreTask,
  RunCounters,
  StoreTask,
  StoredBlocksFile,
  StoredBlocksTarget,
} from './block-task.ts';
import { checksumOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import type { DedupTable, StoredPlace } from './dedup-table.ts';
import { BackupFileError } from './errors.ts';
import {
  bodyChecksum,
  type RecordHeader,
  recordHeaderBytes,
  recordType,
  type RecordType,
  readRecordHeader,
  setBodyChecksum,
  writeRecordHeader,
} from './record.ts';
import type { Codec } from './restore-point.ts';
import { openBody, sealBody, tagBytes } from './sealing.ts';
import { blockDigest, zeroDigest } from './state-digest.ts';
import { readFrom, writeTo } from './worker-files.ts';

/** Reads one block of a disk and stores it unless the table's row (the parent's state) already says the same. */
export function storeRow(
  task: StoreTask,
  table: BlockTable,
  row: number,
  plainBytes: number,
  counters: RunCounters,
  dedup: DedupTable,
): void {
  if (table.outcomes[row] === settledRow) return;
  const watch = startWatch(counters);
  const { target } = task;
  const number = task.firstBlock + row;
  const plain = plainBuffer.subarray(0, plainBytes);
  readSource(task, row, plain, counters);
  watch('source');
  const zero = plain.equals(zeroBuffer.subarray(0, plainBytes));
  const digest = zero ? zeroDigest(plainBytes) : blockDigest(plain);
  const must = task.ends.includes(number) || table.state(row) === blockState.lost;
  if (task.hasParent ? !must && Buffer.compare(digest, table.digest(row)) === 0 : zero) {
    table.digest(row).set(digest);
    table.states[row] = blockState.absent;
    return watch('processing');
  }
  table.digest(row).set(digest);
  const append = { target, counters, watch, object: task.object, number, fault: task.fault };
  if (zero) {
    table.states[row] = blockState.zero;
    watch('processing');
    appendRecord(append, recordType.zeros, 'none', oneBlock, 8);
    return;
  }
  const known = dedup.find(digest);
  if (known) return useAgain(append, table, row, known);
  const packed = target.codec === 'keep' ? undefined : compress(target.codec, plain);
  const codec = packed && target.codec !== 'keep' ? target.codec : 'none';
  appendBlock(append, table, row, codec, packed ?? plain, plainBytes, dedup);
}

function readSource(task: StoreTask, row: number, plain: Buffer, counters: RunCounters): void {
  const { source } = task;
  if ('memory' in source) {
    plain.set(new Uint8Array(source.memory, (row - task.fromRow) * task.blockSizeBytes, plain.length));
    return;
  }
  const bytesRead = readAt(source.fd, source.path, plain, (task.firstBlock + row) * task.blockSizeBytes);
  counters.add('read', bytesRead);
  if (bytesRead === plain.length) return;
  const message = `${source.path} became shorter while it was read.`;
  throw new BackupFileError('source-changed', source.path, message);
}

/** Moves one record into another file: as it is where the target allows that, else its content under a new header. */
export function moveRow(
  task: MoveTask,
  table: BlockTable,
  row: number,
  plainBytes: number,
  counters: RunCounters,
  dedup: DedupTable,
): void {
  if (!table.hasData(row) || table.files[row] === task.stays) return;
  const watch = startWatch(counters);
  const { target } = task;
  const number = task.firstBlock + row;
  const append = { target, counters, watch, object: task.object, number, fault: task.fault };
  const known = dedup.find(table.digest(row));
  if (known) return useAgain(append, table, row, known);
  const file = fileOf(task.files, table, row);
  const record = readRecord(file, table, row, plainBytes, counters, watch);
  // A block kept plain in a file of the wanted codec has been tried and did not get smaller.
  const triedInVain = record.header.codec === 'none' && target.codec === file.codec;
  const packedAsWanted = target.codec === 'keep' || target.codec === record.header.codec || triedInVain;
  if (target.movesUnopened && packedAsWanted) {
    watch('processing');
    const { bytes } = record;
    const offset = counters.reserve(bytes.length);
    write(target, bytes, undefined, offset, task.fault);
    counters.add('transferred', bytes.length);
    watch('target');
    const checksum = table.checksums[row] ?? 0n;
    table.setData(row, offset, record.stored.length, checksum, false);
    return dedup.remember(table.digest(row), { offset, storedBytes: record.stored.length, checksum });
  }
  const packed = openRecord(file, record);
  if (packedAsWanted) return appendBlock(append, table, row, record.header.codec, packed, plainBytes, dedup);
  const plain = unpack(file, record, packed);
  verifyDigest(file, table, row, plain);
  const again = target.codec === 'keep' ? undefined : compress(target.codec, plain);
  const codec = again && target.codec !== 'keep' ? target.codec : 'none';
  appendBlock(append, table, row, codec, again ?? plain, plainBytes, dedup);
}

/** Writes one block to its place on a raw disk. */
export function restoreRow(
  task: RestoreTask,
  table: BlockTable,
  row: number,
  plainBytes: number,
  counters: RunCounters,
): void {
  const watch = startWatch(counters);
  const position = (task.firstBlock + row) * task.blockSizeBytes;
  const { disk } = task;
  let plain: Uint8Array;
  if (table.hasData(row)) {
    const file = fileOf(task.files, table, row);
    const record = readRecord(file, table, row, plainBytes, counters, watch);
    plain = unpack(file, record, openRecord(file, record));
    verifyDigest(file, table, row, plain);
    watch('processing');
  } else if (task.writeZeros) {
    plain = zeroBuffer.subarray(0, plainBytes);
  } else {
    return;
  }
  writeAt(disk.fd, disk.path, plain, position, mostAtOnce(task.fault));
  counters.add('transferred', plain.length);
  watch('target');
}

/** Checks one record; what is wrong goes into the table, so that one bad block does not hide the next. */
export function checkRow(
  task: CheckTask,
  table: BlockTable,
  row: number,
  plainBytes: number,
  counters: RunCounters,
): void {
  if (!table.hasData(row)) return;
  const watch = startWatch(counters);
  const file = fileOf(task.files, table, row);
  let outcome: number = checkOutcome.unreadable;
  try {
    const record = readRecord(file, table, row, plainBytes, counters, watch, (stage) => {
      outcome = stage;
    });
    if (task.verifyDigests) {
      outcome = checkOutcome.undecodable;
      const plain = unpack(file, record, openRecord(file, record));
      outcome = checkOutcome.wrongDigest;
      verifyDigest(file, table, row, plain);
    }
    outcome = checkOutcome.sound;
  } catch (error) {
    if (!(error instanceof BackupFileError)) throw error;
  }
  table.outcomes[row] = outcome;
  watch('processing');
}

function fileOf(files: StoredBlocksFile[], table: BlockTable, row: number): StoredBlocksFile {
  const file = files[table.files[row] ?? 0];
  if (!file) throw new RangeError('The table names a file that the task does not have.');
  return file;
}

/** A record as it was read: views into this thread's buffer, good until the next one is read. */
interface ReadRecord {
  header: RecordHeader;
  /** Header and body. */
  bytes: Buffer;
  stored: Buffer;
  offset: number;
}

function readRecord(
  file: StoredBlocksFile,
  table: BlockTable,
  row: number,
  plainBytes: number,
  counters: RunCounters,
  watch: Watch,
  reached?: (outcome: number) => void,
): ReadRecord {
  const offset = table.offsets[row] ?? 0;
  const storedBytes = table.storedBytes[row] ?? 0;
  const bytes = storedBuffer.subarray(0, recordHeaderBytes + storedBytes);
  const bytesRead = readFrom(file, bytes, offset);
  counters.add('read', bytesRead);
  watch('source');
  if (bytesRead < bytes.length) {
    throw new BackupFileError('torn', file.path, `${file.path} ends before the block at byte ${offset}.`);
  }
  reached?.(checkOutcome.wrongHeader);
  const header = readRecordHeader(bytes);
  const { checksums } = table;
  if (
    header?.type !== recordType.block ||
    header.storedBytes !== storedBytes ||
    header.plainBytes !== plainBytes ||
    bodyChecksum(bytes) !== checksums[row]
  ) {
    throw damagedBlock(file, offset, 'does not have the header it must have');
  }
  reached?.(checkOutcome.wrongChecksum);
  const stored = bytes.subarray(recordHeaderBytes);
  if (checksumOf(stored) !== checksums[row]) throw damagedBlock(file, offset, 'does not match its checksum');
  return { header, bytes, stored, offset };
}

function openRecord(file: StoredBlocksFile, record: ReadRecord): Buffer {
  if (!file.sessionKeys) return record.stored;
  const { header, bytes, stored, offset } = record;
  const key = file.sessionKeys[Buffer.from(header.session).toString('hex')];
  if (!key) throw damagedBlock(file, offset, 'belongs to a session that the file does not name');
  try {
    return openBody(key, bytes, header.counter, stored, unsealedBuffer);
  } catch (error) {
    throw damagedBlock(file, offset, 'cannot be decrypted', error);
  }
}

function unpack(file: StoredBlocksFile, record: ReadRecord, packed: Uint8Array): Uint8Array {
  try {
    return decompress(record.header.codec, packed, record.header.plainBytes);
  } catch (error) {
    throw damagedBlock(file, record.offset, 'cannot be decompressed', error);
  }
}

function verifyDigest(file: StoredBlocksFile, table: BlockTable, row: number, plain: Uint8Array): void {
  if (Buffer.compare(blockDigest(plain), table.digest(row)) !== 0) {
    throw damagedBlock(file, table.offsets[row] ?? 0, 'does not have the content it had when it was backed up');
  }
}

function damagedBlock(file: StoredBlocksFile, offset: number, what: string, cause?: unknown): BackupFileError {
  return new BackupFileError('corrupt', file.path, `${file.path} is damaged: the block at byte ${offset} ${what}.`, {
    cause,
  });
}

/** Where and for what a record is appended. */
interface Appending {
  target: StoredBlocksTarget;
  counters: RunCounters;
  watch: Watch;
  object: Uint8Array;
  number: number;
  fault: FaultEffect | undefined;
}

const oneBlock = Buffer.alloc(8);
oneBlock.writeUInt32LE(1);
const sameBody = Buffer.alloc(24);

/** Names an equal block's record instead of storing the block again, and says so to whoever salvages. */
function useAgain(append: Appending, table: BlockTable, row: number, place: StoredPlace): void {
  table.offsets[row] = place.offset;
  table.storedBytes[row] = place.storedBytes;
  table.checksums[row] = place.checksum;
  table.states[row] = blockState.stored | sharedFlag;
  const head = storedBuffer.subarray(0, recordHeaderBytes);
  readFrom(append.target, head, place.offset);
  // Session and counter of the record that holds it.
  head.copy(sameBody, 0, 16, 32);
  head.copy(sameBody, 16, 6, 12);
  append.watch('processing');
  appendRecord(append, recordType.same, 'none', sameBody, sameBody.length);
}

function appendBlock(
  append: Appending,
  table: BlockTable,
  row: number,
  codec: Codec,
  packed: Uint8Array,
  plainBytes: number,
  dedup: DedupTable,
): void {
  const { offset, storedBytes, checksum } = appendRecord(append, recordType.block, codec, packed, plainBytes);
  table.setData(row, offset, storedBytes, checksum, false);
  dedup.remember(table.digest(row), { offset, storedBytes, checksum });
}

/** Appends one record under the target's session and gives its place. `packed` must not lie in the sealed buffer. */
function appendRecord(
  append: Appending,
  type: RecordType,
  codec: Codec,
  packed: Uint8Array,
  plainBytes: number,
): StoredPlace {
  const { target, counters, watch, fault } = append;
  const { session } = target;
  const counter = counters.nextRecord();
  const storedBytes = packed.length + (session.key ? tagBytes : 0);
  writeRecordHeader(headerBuffer, {
    type,
    codec,
    counter,
    plainBytes,
    session: session.uuid,
    object: append.object,
    number: append.number,
    storedBytes,
  });
  const stored = session.key ? sealBody(session.key, headerBuffer, counter, packed, sealedBuffer) : packed;
  const checksum = checksumOf(stored);
  setBodyChecksum(headerBuffer, checksum);
  const offset = counters.reserve(recordHeaderBytes + storedBytes);
  watch('processing');
  write(target, headerBuffer, stored, offset, fault);
  counters.add('transferred', recordHeaderBytes + storedBytes);
  watch('target');
  return { offset, storedBytes, checksum };
}

function write(
  target: StoredBlocksTarget,
  first: Uint8Array,
  second: Uint8Array | undefined,
  offset: number,
  fault: FaultEffect | undefined,
): void {
  if (fault?.kind === 'corrupt') {
    const bytes = second ?? first.subarray(recordHeaderBytes);
    const at = fault.offset % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  }
  writeTo(target, first, offset, mostAtOnce(fault));
  if (second) writeTo(target, second, offset + first.length, mostAtOnce(fault));
}

function mostAtOnce(fault: FaultEffect | undefined): number {
  if (fault?.kind === 'delay') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.ms);
  return fault?.kind === 'short' ? fault.bytes : Number.POSITIVE_INFINITY;
}

/** Called at the end of a stretch of work, adds its time to the named stage. */
type Watch = (stage: 'source' | 'processing' | 'target') => void;

function startWatch(counters: RunCounters): Watch {
  let from = performance.now();
  return (stage) => {
    const now = performance.now();
    counters.add(stage, Math.round((now - from) * 1000));
    from = now;
  };
}
