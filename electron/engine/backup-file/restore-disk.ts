import { constants, fstatSync } from 'node:fs';
import { type FileHandle, open as openFile, readFile, rm, stat } from 'node:fs/promises';
import { durableStep } from '../faults/fault-points.ts';
import type { FilePlace } from '../files/file-place.ts';
import type { RunOptions } from '../pipeline/progress.ts';
import { blockDeviceSizeBytes } from '../sources/block-device.ts';
import { type BlockTable, blocksPerPage, blockState } from './block-table.ts';
import { RunCounters } from './block-task.ts';
import { Chain } from './chain.ts';
import { createTemporaryFile, isThere, partialSuffix, publishFile } from '../files/durable-file.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { objectPages } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { type Keys, type ObjectInfo, plainLength } from './restore-point.ts';

export interface RestoreDiskOptions extends RunOptions {
  /** Files of the restore point, newest first, the full last. */
  sources: FilePlace[];
  objectId: string;
  /** A raw image file, made sparse; or an existing block device where `allowDevice` is set. */
  targetPath: string;
  allowDevice?: boolean;
  /** Whether an existing file or the content of a device may be replaced. */
  overwrite?: boolean;
  /** Whether blocks that are known to be lost are left as zeros and named; else nothing is restored. */
  allowLoss?: boolean;
  keys?: Keys;
}

export interface RestoredDisk {
  sizeBytes: number;
  writtenBytes: number;
  /** Blocks written, each proven by its digest. */
  digestVerifiedBlocks: number;
  /** Byte ranges of the disk that are lost and hold zeros. */
  lost: { offset: number; lengthBytes: number }[];
}

/**
 * Writes one disk of a restore point to a raw file (under a temporary name until it is whole and flushed) or to a block
 * device. Throws `target-exists` and `target-unusable` before anything is written, `corrupt` when a block is not what was
 * backed up.
 */
export async function restoreDisk(options: RestoreDiskOptions): Promise<RestoredDisk> {
  const chain = await Chain.open(options.sources, options.keys);
  try {
    const object = chain.object(options.objectId);
    const target = await stat(options.targetPath).catch(() => undefined);
    if (target?.isBlockDevice()) return await restoreToDevice(options, chain, object, target.rdev);
    return await restoreToFile(options, chain, object);
  } finally {
    await chain.close();
  }
}

async function restoreToFile(options: RestoreDiskOptions, chain: Chain, object: ObjectInfo): Promise<RestoredDisk> {
  const { targetPath } = options;
  const overwrite = options.overwrite ?? false;
  const present = await stat(targetPath).catch(() => undefined);
  if (present && (!overwrite || !present.isFile())) {
    const advice = present.isFile() ? 'Allow overwriting or choose another name.' : 'Choose another name.';
    throw new BackupFileError('target-exists', targetPath, `${targetPath} exists already. ${advice}`);
  }
  for (const { handle } of chain.files) {
    if (!present || handle.descriptor === undefined) continue;
    const source = fstatSync(handle.descriptor);
    if (source.ino === present.ino && source.dev === present.dev) {
      throw new BackupFileError(
        'target-unusable',
        targetPath,
        `${targetPath} is the backup itself. Choose another name.`,
      );
    }
  }
  const temporaryPath = `${targetPath}${partialSuffix}`;
  let handle: FileHandle | undefined;
  try {
    handle = await createTemporaryFile(temporaryPath);
    await handle.truncate(object.sizeBytes);
    const restored = await writeDisk(options, chain, object, handle, temporaryPath, false);
    const written = handle;
    await durableStep('restore.data', targetPath, () => written.sync());
    await written.close();
    handle = undefined;
    await publishFile('restore', temporaryPath, targetPath, overwrite);
    return restored;
  } catch (error) {
    await handle?.close();
    await rm(temporaryPath, { force: true });
    throw asBackupFileError(error, targetPath, 'Writing');
  }
}

async function restoreToDevice(
  options: RestoreDiskOptions,
  chain: Chain,
  object: ObjectInfo,
  deviceNumber: number,
): Promise<RestoredDisk> {
  const { targetPath } = options;
  const refuse = (message: string): never => {
    throw new BackupFileError('target-unusable', targetPath, message);
  };
  if (!options.allowDevice) refuse(`${targetPath} is a block device. Allow restoring to devices, or choose a file.`);
  if (!options.overwrite) refuse(`Restoring to ${targetPath} destroys what is on it. Allow overwriting first.`);
  if (await isMounted(targetPath)) refuse(`${targetPath} is mounted. Unmount it first.`);
  const sizeBytes = await blockDeviceSizeBytes(targetPath, deviceNumber);
  if (sizeBytes < object.sizeBytes) {
    refuse(`${targetPath} has ${sizeBytes} bytes, too few for ${object.name} (${object.sizeBytes} bytes).`);
  }
  // O_EXCL without O_CREAT: Linux refuses a block device that something else holds (open(2)).
  const handle = await openFile(targetPath, constants.O_WRONLY | constants.O_EXCL).catch((error: Error) =>
    refuse(`${targetPath} cannot be opened for writing: ${error.message}.`),
  );
  try {
    const restored = await writeDisk(options, chain, object, handle, targetPath, true);
    await durableStep('restore.data', targetPath, () => handle.sync());
    return restored;
  } catch (error) {
    throw asBackupFileError(error, targetPath, 'Writing');
  } finally {
    await handle.close();
  }
}

async function isMounted(devicePath: string): Promise<boolean> {
  if (!(await isThere('/proc/mounts'))) return false;
  const mounts = await readFile('/proc/mounts', 'utf8');
  return mounts.split('\n').some((line) => {
    const device = line.split(' ')[0] ?? '';
    // A mounted partition (sda1, nvme0n1p1) counts for its disk.
    return device === devicePath || (device.startsWith(devicePath) && /^p?\d+$/.test(device.slice(devicePath.length)));
  });
}

async function writeDisk(
  options: RestoreDiskOptions,
  chain: Chain,
  object: ObjectInfo,
  handle: FileHandle,
  path: string,
  writeZeros: boolean,
): Promise<RestoredDisk> {
  const { blockSizeBytes } = chain;
  const counters = new RunCounters();
  const files = chain.workerFiles();
  const disk = { fd: handle.fd, path };
  let digestVerifiedBlocks = 0;
  const lost: RestoredDisk['lost'] = [];
  const work = function* (): Generator<PageWork> {
    for (const { pageNumber, firstBlock } of objectPages([object], blockSizeBytes)) {
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        async prepare(table) {
          await chain.readPage(object.id, pageNumber, table);
          noteLost(table, firstBlock, object, blockSizeBytes, lost);
          if (lost.length > 0 && !options.allowLoss) throw lostBlocks(chain.newest.path, object, lost);
        },
        concerns: (table, row) => writeZeros || table.hasData(row),
        task: (slice) => ({ kind: 'restore', ...slice, files, disk, writeZeros }),
        async finish(table, rows) {
          for (let row = 0; row < rows; row += 1) if (table.hasData(row)) digestVerifiedBlocks += 1;
        },
      };
    }
  };
  await runPages(work(), {
    ...options,
    blockSizeBytes,
    counters,
    totalBytes: object.sizeBytes,
    readPath: chain.newest.path,
    writePath: path,
  });
  return { sizeBytes: object.sizeBytes, writtenBytes: counters.get('transferred'), digestVerifiedBlocks, lost };
}

function noteLost(
  table: BlockTable,
  firstBlock: number,
  object: ObjectInfo,
  blockSizeBytes: number,
  lost: RestoredDisk['lost'],
): void {
  for (let row = 0; row < blocksPerPage; row += 1) {
    if (table.state(row) !== blockState.lost) continue;
    const offset = (firstBlock + row) * blockSizeBytes;
    const lengthBytes = plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes);
    const last = lost.at(-1);
    if (last && last.offset + last.lengthBytes === offset) last.lengthBytes += lengthBytes;
    else lost.push({ offset, lengthBytes });
  }
}

function lostBlocks(path: string, object: ObjectInfo, lost: RestoredDisk['lost']): BackupFileError {
  const [first] = lost;
  const where = first ? `bytes ${first.offset} to ${first.offset + first.lengthBytes}` : 'some bytes';
  const message = `${object.name} cannot be restored whole from ${path}: ${where} are lost. Take another copy of this restore point, or allow the loss: lost places are then left as zeros and named.`;
  return new BackupFileError('lost', path, message);
}
