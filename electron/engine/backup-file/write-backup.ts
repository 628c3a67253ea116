import { type FileHandle, open as openFile } from 'node:fs/promises';
import type { RunOptions } from '../pipeline/progress.ts';
import { blockDeviceSizeBytes } from '../sources/raw-image.ts';
import type { StoredBlocksTarget } from './block-task.ts';
import { Chain } from './chain.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { NewFile, prepareKey } from './new-file.ts';
import { objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { productVersion } from './product-version.ts';
import {
  type BackupFileInfo,
  type Codec,
  defaultBlockSizeBytes,
  type DigestAlgorithm,
  type Encryption,
  type Keys,
  type NewPointMetadata,
  type ObjectInfo,
  plainLength,
  type PointKind,
  type PointMetadata,
} from './restore-point.ts';
import { checkMetadata } from './root.ts';

/** What to back up: a raw image file, a block device, or a document of the machine's configuration. */
export interface DiskSource {
  objectId: string;
  name: string;
  path: string;
  sizeBytes: number;
  /** `disk` unless told. */
  kind?: ObjectInfo['kind'];
}

export interface WriteBackupOptions extends RunOptions {
  targetPath: string;
  /** A new one unless told. */
  fileUuid?: string;
  /** Files of the parent point, newest first; empty for a full. */
  chain: string[];
  kind: PointKind;
  chainUuid: string;
  metadata: NewPointMetadata;
  disks: DiskSource[];
  codec: Codec;
  /** BLAKE3 unless told; an increment always takes its parent's. */
  digestAlgorithm?: DigestAlgorithm;
  encryption?: Encryption;
  /** For the chain's files. */
  keys?: Keys;
}

/**
 * Backs up disks into a new file: every block that is not zero (full), or every block that differs from the parent point
 * (increment). Disks may grow, shrink, appear and disappear between points; they are matched by `objectId`. Nothing but a
 * `*.partial` file is left by a failure or a cancel. Throws {@link BackupFileError}, among them `source-changed` when a
 * disk is not of the stated size any more.
 */
export async function writeBackup(options: WriteBackupOptions): Promise<BackupFileInfo> {
  const { targetPath, kind, disks } = options;
  if ((kind === 'full') !== (options.chain.length === 0)) {
    const message = 'A full has no chain, and an increment needs the chain of its parent.';
    throw new BackupFileError('invalid-request', targetPath, message);
  }
  const parent = kind === 'increment' ? await Chain.open(options.chain, options.keys) : undefined;
  try {
    const metadata = describePoint(options, parent);
    checkMetadata(metadata, targetPath);
    checkChain(options, parent);
    const sources = await openSources(disks);
    try {
      return await writeFile(options, parent, metadata, sources);
    } finally {
      await Promise.all(sources.map((source) => source.close()));
    }
  } finally {
    await parent?.close();
  }
}

function describePoint(options: WriteBackupOptions, parent: Chain | undefined): PointMetadata {
  const { pointUuid, createdAt, machine, job } = options.metadata;
  const blockSizeBytes = parent?.blockSizeBytes ?? options.metadata.blockSizeBytes ?? defaultBlockSizeBytes;
  const objects = options.disks.map(
    ({ objectId, name, sizeBytes, kind }): ObjectInfo => ({ id: objectId, name, kind: kind ?? 'disk', sizeBytes }),
  );
  const version = options.metadata.productVersion ?? productVersion;
  return { pointUuid, createdAt, machine, job, objects, blockSizeBytes, productVersion: version };
}

function checkChain(options: WriteBackupOptions, parent: Chain | undefined): void {
  if (!parent) return;
  const { newest } = parent;
  if (newest.superblock.chainUuid !== options.chainUuid) {
    const message = `${newest.path} belongs to another chain than the increment to be written.`;
    throw new BackupFileError('chain-incomplete', newest.path, message);
  }
  const wanted = options.digestAlgorithm;
  if (wanted && wanted !== newest.superblock.digestAlgorithm) {
    const message = `${newest.path} uses ${newest.superblock.digestAlgorithm} digests; its increments must do the same.`;
    throw new BackupFileError('chain-mixed', newest.path, message);
  }
}

async function writeFile(
  options: WriteBackupOptions,
  parent: Chain | undefined,
  metadata: PointMetadata,
  sources: FileHandle[],
): Promise<BackupFileInfo> {
  const { targetPath, disks, codec } = options;
  const { blockSizeBytes } = metadata;
  const digestAlgorithm = parent?.newest.superblock.digestAlgorithm ?? options.digestAlgorithm ?? 'blake3';
  const keyMaterial = await prepareKey(options.encryption, targetPath);
  const file = await NewFile.create({ path: targetPath, keyMaterial, fileUuid: options.fileUuid });
  try {
    const target = file.blocksTarget(codec, digestAlgorithm);
    const run = {
      objects: metadata.objects,
      sources: disks.map((disk, at) => ({ fd: (sources[at] as FileHandle).fd, path: disk.path })),
      target,
      file,
      parent,
      blockSizeBytes,
    };
    await runPages(diskPages(run), {
      ...options,
      blockSizeBytes,
      counters: file.counters,
      totalBytes: totalBytesOf(metadata.objects),
      readPath: disks[0]?.path ?? targetPath,
      writePath: file.temporaryPath,
      writes: file.handle,
    });
    for (const [at, disk] of disks.entries()) await checkSourceSize(sources[at] as FileHandle, disk);
    return await file.commit(
      {
        chainUuid: options.chainUuid,
        parentFileUuid: parent?.newest.stateUuid ?? null,
        kind: options.kind,
        generation: 1,
        blockSizeBytes,
        digestAlgorithm,
      },
      { metadata, codec, absorbed: [] },
    );
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

interface DiskRun {
  objects: ObjectInfo[];
  sources: { fd: number; path: string }[];
  target: StoredBlocksTarget;
  file: NewFile;
  parent: Chain | undefined;
  blockSizeBytes: number;
}

function* diskPages(run: DiskRun): Generator<PageWork> {
  const { sources, target, file, parent, blockSizeBytes } = run;
  for (const { objectIndex, object, pageNumber, firstBlock } of objectPages(run.objects, blockSizeBytes)) {
    const source = sources[objectIndex] as DiskRun['sources'][number];
    yield {
      pageNumber,
      objectSizeBytes: object.sizeBytes,
      prepare: async (table) => void (await parent?.readPage(object.id, pageNumber, table)),
      concerns: () => true,
      task: (slice) => ({ kind: 'store', ...slice, source, target }),
      finish: (table, rows) =>
        file.index.addPage(objectIndex, pageNumber, table, rows, (row) =>
          plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes),
        ),
    };
  }
}

async function openSources(disks: DiskSource[]): Promise<FileHandle[]> {
  const opened: FileHandle[] = [];
  try {
    for (const disk of disks) {
      const handle = await openFile(disk.path, 'r').catch((error: Error) => {
        const message = `The disk ${disk.name} cannot be read: ${error.message}.`;
        throw new BackupFileError('source-unreadable', disk.path, message, { cause: error });
      });
      opened.push(handle);
      await checkSourceSize(handle, disk);
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map((handle) => handle.close()));
    throw error;
  }
}

async function checkSourceSize(handle: FileHandle, disk: DiskSource): Promise<void> {
  const facts = await handle.stat().catch((error: unknown) => {
    throw asBackupFileError(error, disk.path, 'Examining');
  });
  const sizeBytes = facts.isBlockDevice() ? await blockDeviceSizeBytes(disk.path, facts.rdev) : facts.size;
  if (sizeBytes === disk.sizeBytes) return;
  const message = `The disk ${disk.name} (${disk.path}) has ${sizeBytes} bytes, but ${disk.sizeBytes} when the backup was planned. Start the backup again.`;
  throw new BackupFileError('source-changed', disk.path, message);
}
