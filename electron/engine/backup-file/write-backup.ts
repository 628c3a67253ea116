import type { RunOptions } from '../pipeline/progress.ts';
import type { SourceDisk } from '../sources/kinds/kind.ts';
import { SourceError } from '../sources/source-error.ts';
import type { FilePlace } from '../files/file-place.ts';
import { Chain } from './chain.ts';
import { BackupFileError } from './errors.ts';
import { NewFile, prepareKey } from './new-file.ts';
import { totalBytesOf } from './object-pages.ts';
import { runPages } from './page-run.ts';
import { PointState } from './point-state.ts';
import { productVersion } from './product-version.ts';
import { sourcePages } from './source-pages.ts';
import {
  type BackupFileInfo,
  type Codec,
  defaultBlockSizeBytes,
  type Encryption,
  type Keys,
  type NewPointMetadata,
  type ObjectInfo,
  type PointKind,
  type PointMetadata,
} from './restore-point.ts';
import { checkMetadata } from './root.ts';
import type { Signer } from './superblock.ts';

/** What to back up: a disk, or a document of the machine's configuration. */
export interface DiskSource {
  objectId: string;
  name: string;
  /** `disk` unless told. */
  kind?: ObjectInfo['kind'];
  /** Stays open: whoever opened it closes it. */
  source: SourceDisk;
}

export interface WriteBackupOptions extends RunOptions {
  target: FilePlace;
  /** A new one unless told. */
  fileUuid?: string;
  /** Files of the parent point, newest first; empty for a full. */
  chain: FilePlace[];
  kind: PointKind;
  chainUuid: string;
  metadata: NewPointMetadata;
  disks: DiskSource[];
  codec: Codec;
  encryption?: Encryption;
  /** For the chain's files. */
  keys?: Keys;
  /** Whose signature the file gets. */
  signer?: Signer;
}

/**
 * Backs up disks into a new file: every block that is not zero (full), or every block that differs from the parent point
 * (increment). Disks may grow, shrink, appear and disappear between points; they are matched by `objectId`. Nothing but a
 * `*.partial` file is left by a failure or a cancel. Throws {@link BackupFileError}, and {@link SourceError} for a disk that
 * cannot be read or is not any more what was opened.
 */
export async function writeBackup(options: WriteBackupOptions): Promise<BackupFileInfo> {
  const { kind } = options;
  const targetPath = options.target.name;
  if ((kind === 'full') !== (options.chain.length === 0)) {
    const message = 'A full has no chain, and an increment needs the chain of its parent.';
    throw new BackupFileError('invalid-request', targetPath, message);
  }
  const parent = kind === 'increment' ? await Chain.open(options.chain, options.keys) : undefined;
  try {
    const metadata = describePoint(options, parent);
    checkMetadata(metadata, targetPath);
    checkChain(options, parent);
    return await writeFile(options, parent, metadata);
  } finally {
    await parent?.close();
  }
}

function describePoint(options: WriteBackupOptions, parent: Chain | undefined): PointMetadata {
  const { pointUuid, createdAt, machine, job } = options.metadata;
  const blockSizeBytes = parent?.blockSizeBytes ?? options.metadata.blockSizeBytes ?? defaultBlockSizeBytes;
  const objects = options.disks.map(
    ({ objectId, name, kind, source }): ObjectInfo => ({
      id: objectId,
      name,
      kind: kind ?? 'disk',
      sizeBytes: source.sizeBytes,
    }),
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
  if (parent.encrypted !== (options.encryption !== undefined)) {
    const message = `${newest.path} is ${parent.encrypted ? '' : 'not '}encrypted, and so must be what is built on it. Make a new full.`;
    throw new BackupFileError('chain-mixed', newest.path, message);
  }
}

async function writeFile(
  options: WriteBackupOptions,
  parent: Chain | undefined,
  metadata: PointMetadata,
): Promise<BackupFileInfo> {
  const { disks, codec } = options;
  const targetPath = options.target.name;
  const { blockSizeBytes } = metadata;
  const keyMaterial = await prepareKey(options.encryption, targetPath);
  const { newest } = parent ?? {};
  const point = {
    pointUuid: metadata.pointUuid,
    parent: newest ? { pointUuid: newest.superblock.pointUuid, state: newest.superblock.state } : null,
    createdAtMs: Date.parse(metadata.createdAt),
    objects: metadata.objects,
  };
  const file = await NewFile.create({ place: options.target, keyMaterial, fileUuid: options.fileUuid, point });
  try {
    const target = file.blocksTarget(codec, false);
    const sources = disks.map(({ source }) => source);
    const state = new PointState(metadata.objects, blockSizeBytes, (id) => newest?.objects.get(id));
    const run = { objects: metadata.objects, sources, target, file, parent, state, blockSizeBytes };
    await runPages(sourcePages(run), {
      ...options,
      blockSizeBytes,
      counters: file.counters,
      totalBytes: totalBytesOf(metadata.objects),
      readPath: sources[0]?.path ?? targetPath,
      writePath: file.handle.name,
      writes: file.handle,
    });
    for (const source of sources) await source.checkUnchanged();
    const facts = { chainUuid: options.chainUuid, kind: options.kind, blockSizeBytes };
    return await file.commit(facts, { metadata, codec, absorbed: [] }, state, options.signer);
  } catch (error) {
    await file.abandon();
    throw asSourceError(error);
  }
}

/** What a worker says of a disk, in the words and the type of everything else that concerns sources. */
function asSourceError(error: unknown): unknown {
  if (!(error instanceof BackupFileError) || error.code !== 'source-changed') return error;
  const advice = 'Start the backup again when nothing changes the size of the disk.';
  return new SourceError('changed', error.path, error.message, advice, { cause: error });
}
