import type { FaultEffect } from '../faults/fault-points.ts';
import { readAt, writeAt } from './block-io.ts';
import { plainBuffer, sealedBuffer, storedBuffer, unsealedBuffer, zeroBuffer } from './block-memory.ts';
import { type BlockTable, blockState, checkOutcome, settledRow, sharedFlag } from './block-table.ts';
import type {
  CheckTask,
  ForeseeTask,
  MoveTask,
  RestoreTask,
  RunCounters,
  StoreTask,
  StoredBlocksFile,
  StoredBlocksTarget,
} from './block-task.ts';
import { checksumOf, digestOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import type { DedupTable } from './dedup-table.ts';
import { BackupFileError } from './errors.ts';
import type { Codec } from './restore-point.ts';
import { open as unseal, seal, sealedRole, sealOverheadBytes } from './sealing.ts';
import { readFrom, writeTo } from './worker-files.ts';

/** Reads one block of a disk and stores it unless the table's row (the parent's entry) already says the same. */
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
  const plain = plainBuffer.subarray(0, plainBytes);
  readSource(task, row, plain, counters);
  watch('source');
  const parentHasData = table.hasData(row);
  if (plain.equals(zeroBuffer.subarray(0, plainBytes))) {
    table.states[row] = parentHasData ? blockState.zero : blockState.absent;
    return watch('processing');
  }
  const digest = digestOf(target.digestAlgorithm, plain);
  if (parentHasData && Buffer.compare(digest, table.digest(row)) === 0) {
    table.states[row] = blockState.absent;
    return watch('processing');
  }
  table.digest(row).set(digest);
  const known = dedup.find(digest);
  if (known) {
    useStoredPlace(table, row, known);
    return watch('processing');
  }
  const packed = target.codec === 'keep' ? undefined : compress(target.codec, plain);
  const codec = packed && target.codec !== 'keep' ? target.codec : 'none';
  watch('processing');
  append(target, table, row, codec, packed ?? plain, undefined, counters, dedup, watch, task.fault);
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

/** Moves one stored block into another file, packed as it is where the target allows that. */
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
  const known = dedup.find(table.digest(row));
  if (known) {
    useStoredPlace(table, row, known);
    return watch('processing');
  }
  const file = fileOf(task.files, table, row);
  const stored = readStored(file, table, row, counters, watch);
  const packed = file.key ? unsealBlock(file, table, row, stored) : stored;
  let codec = table.codec(row);
  let bytes: Uint8Array = packed;
  // A block kept plain in a file of the wanted codec has been tried and did not get smaller.
  const triedInVain = codec === 'none' && target.codec === file.codec;
  if (target.codec !== 'keep' && target.codec !== codec && !triedInVain) {
    const plain = unpack(file, table, row, packed, plainBytes);
    verifyDigest(file, table, row, plain);
    const repacked = compress(target.codec, plain);
    codec = repacked ? target.codec : 'none';
    bytes = repacked ?? plain;
  }
  const checksum = bytes === stored ? table.checksums[row] : undefined;
  watch('processing');
  append(target, table, row, codec, bytes, checksum, counters, dedup, watch, task.fault);
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
    const stored = readStored(file, table, row, counters, watch);
    const packed = file.key ? unsealBlock(file, table, row, stored) : stored;
    plain = unpack(file, table, row, packed, plainBytes);
    if (task.verifyDigests) verifyDigest(file, table, row, plain);
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

/** Checks one stored block; what is wrong goes into the table, so that one bad block does not hide the next. */
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
    const stored = readStored(file, table, row, counters, watch, () => {
      outcome = checkOutcome.wrongChecksum;
    });
    if (task.verifyDigests) {
      outcome = checkOutcome.undecodable;
      const packed = file.key ? unsealBlock(file, table, row, stored) : stored;
      const plain = unpack(file, table, row, packed, plainBytes);
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

/** Works out how one stored block will be stored at its planned position in an encrypted file. */
export function foreseeRow(task: ForeseeTask, table: BlockTable, row: number, counters: RunCounters): void {
  if (!table.hasData(row)) return;
  const watch = startWatch(counters);
  const file = fileOf(task.files, table, row);
  const stored = readStored(file, table, row, counters, watch);
  const packed = file.key ? unsealBlock(file, table, row, stored) : stored;
  const sealed = seal(
    task.key,
    task.nonceEpoch,
    sealedRole.block,
    table.plannedOffsets[row] ?? 0,
    packed,
    sealedBuffer,
  );
  table.storedBytes[row] = sealed.length;
  table.checksums[row] = checksumOf(sealed);
  watch('processing');
}

function fileOf(files: StoredBlocksFile[], table: BlockTable, row: number): StoredBlocksFile {
  const file = files[table.files[row] ?? 0];
  if (!file) throw new RangeError('The table names a file that the task does not have.');
  return file;
}

function readStored(
  file: StoredBlocksFile,
  table: BlockTable,
  row: number,
  counters: RunCounters,
  watch: Watch,
  onRead?: () => void,
): Buffer {
  const offset = table.offsets[row] ?? 0;
  const stored = storedBuffer.subarray(0, table.storedBytes[row]);
  const bytesRead = readFrom(file, stored, offset);
  counters.add('read', bytesRead);
  watch('source');
  if (bytesRead < stored.length) {
    throw new BackupFileError('torn', file.path, `${file.path} ends before the block at byte ${offset}.`);
  }
  onRead?.();
  if (checksumOf(stored) !== table.checksums[row]) throw damagedBlock(file, offset, 'does not match its checksum');
  return stored;
}

function unsealBlock(file: StoredBlocksFile, table: BlockTable, row: number, stored: Buffer): Buffer {
  const offset = table.offsets[row] ?? 0;
  if (!file.key) throw new TypeError('The file is not encrypted.');
  try {
    return unseal(file.key, sealedRole.block, offset, stored, unsealedBuffer);
  } catch (error) {
    throw damagedBlock(file, offset, 'cannot be decrypted', error);
  }
}

function unpack(
  file: StoredBlocksFile,
  table: BlockTable,
  row: number,
  packed: Uint8Array,
  plainBytes: number,
): Uint8Array {
  try {
    return decompress(table.codec(row), packed, plainBytes);
  } catch (error) {
    throw damagedBlock(file, table.offsets[row] ?? 0, 'cannot be decompressed', error);
  }
}

function verifyDigest(file: StoredBlocksFile, table: BlockTable, row: number, plain: Uint8Array): void {
  if (Buffer.compare(digestOf(file.digestAlgorithm, plain), table.digest(row)) !== 0) {
    throw damagedBlock(file, table.offsets[row] ?? 0, 'does not have the content it had when it was backed up');
  }
}

function damagedBlock(file: StoredBlocksFile, offset: number, what: string, cause?: unknown): BackupFileError {
  return new BackupFileError('corrupt', file.path, `${file.path} is damaged: the block at byte ${offset} ${what}.`, {
    cause,
  });
}

function useStoredPlace(table: BlockTable, row: number, place: NonNullable<ReturnType<DedupTable['find']>>): void {
  table.offsets[row] = place.offset;
  table.storedBytes[row] = place.storedBytes;
  table.checksums[row] = place.checksum;
  table.states[row] = place.state | sharedFlag;
}

function append(
  target: StoredBlocksTarget,
  table: BlockTable,
  row: number,
  codec: Codec,
  packed: Uint8Array,
  knownChecksum: bigint | undefined,
  counters: RunCounters,
  dedup: DedupTable,
  watch: Watch,
  fault: FaultEffect | undefined,
): void {
  const storedBytes = packed.length + (target.key ? sealOverheadBytes : 0);
  const offset = counters.reserve(storedBytes);
  const stored = target.key
    ? seal(target.key, target.nonceEpoch, sealedRole.block, offset, packed, sealedBuffer)
    : packed;
  const checksum = knownChecksum !== undefined && !target.key ? knownChecksum : checksumOf(stored);
  watch('processing');
  if (fault?.kind === 'corrupt') stored[fault.offset % storedBytes] = (stored[fault.offset % storedBytes] ?? 0) ^ 0xff;
  writeTo(target, stored, offset, mostAtOnce(fault));
  counters.add('transferred', storedBytes);
  watch('target');
  table.setData(row, codec, offset, storedBytes, checksum, false);
  dedup.remember(table.digest(row), { offset, storedBytes, checksum, state: table.state(row) });
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
