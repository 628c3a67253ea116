import type { Progress, RunOptions } from '../pipeline/progress.ts';
import { blocksPerPage, blockState, type BlockTable } from './block-table.ts';
import { Chain } from './chain.ts';
import { BackupFileError } from './errors.ts';
import type { FilePlace } from '../files/file-place.ts';
import { NewFile, prepareKey } from './new-file.ts';
import { type ObjectPage, objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { productVersion } from './product-version.ts';
import {
  type BackupFileInfo,
  blockCount,
  type Codec,
  type Encryption,
  type Keys,
  type NewPointMetadata,
  plainLength,
  type PointKind,
  type PointMetadata,
} from './restore-point.ts';
import { checkMetadata } from './root.ts';

export interface CopyPointOptions extends RunOptions {
  /** The whole chain of the source point, newest first. */
  sources: FilePlace[];
  /** How many of them, from the newest on, the copy takes its blocks from: all for a full, fewer for an increment. */
  take: number;
  target: FilePlace;
  kind: PointKind;
  chainUuid: string;
  /** `stateUuid` of the file that an increment builds on: one whose content equals that of the first source not taken. */
  parentFileUuid: string | null;
  /** What to change about the source's description; the point's UUID and time stay unless told. */
  metadata?: Partial<NewPointMetadata>;
  /** `keep` (unless told): every block stays packed as it is. */
  codec?: 'keep' | Codec;
  encryption?: Encryption;
  /**
   * For a synthetic full in the repository of its source: begins as a clone of the source's full where the file system
   * can share extents, and appends only what differs. Shared blocks are neither moved nor verified, and one damaged
   * place on the disk then damages both files: not for a copy that shall be a second one. Only clear files can share.
   */
  shareExtents?: boolean;
  /** For the source's files. */
  keys?: Keys;
}

/**
 * Makes a new file of a restore point: a full of all its blocks, or an increment of what changed over the newest `take`
 * files. Stored blocks are moved without decompressing where codec allows; each one's checksum is verified on the way.
 * `readBytes` and `transferredBytes` are stored bytes. Nothing but a `*.partial` file is left by a failure or a cancel.
 */
export async function copyPoint(
  options: CopyPointOptions,
): Promise<BackupFileInfo & Pick<Progress, 'readBytes' | 'transferredBytes'>> {
  const { sources, take, target, kind, parentFileUuid } = options;
  const targetPath = target.name;
  const isFull = kind === 'full';
  const codec = options.codec ?? 'keep';
  if (
    take < 1 ||
    take > sources.length ||
    isFull !== (take === sources.length) ||
    isFull !== (parentFileUuid === null)
  ) {
    const message = 'A full takes all files of its source and has no parent; an increment takes some and has one.';
    throw new BackupFileError('invalid-request', targetPath, message);
  }
  const chain = await Chain.open(sources, options.keys);
  try {
    const metadata = describeCopy(chain, options.metadata);
    checkMetadata(metadata, targetPath);
    const keyMaterial = await prepareKey(options.encryption, targetPath);
    const full = chain.files.at(-1);
    const mayShare = options.shareExtents && isFull && full && !full.key && !keyMaterial && codec === 'keep';
    const cloneOf = mayShare ? { place: full.place, committedBytes: full.superblock.committedBytes } : undefined;
    const file = await NewFile.create({ place: target, keyMaterial, cloneOf });
    try {
      const info = await fill(options, chain, file, metadata);
      return { ...info, readBytes: file.counters.get('read'), transferredBytes: file.counters.get('transferred') };
    } catch (error) {
      await file.abandon();
      throw error;
    }
  } finally {
    await chain.close();
  }
}

function describeCopy(chain: Chain, changes: Partial<NewPointMetadata> = {}): PointMetadata {
  const { blockSizeBytes } = chain;
  if (changes.blockSizeBytes !== undefined && changes.blockSizeBytes !== blockSizeBytes) {
    const message = `A copy keeps its source's block size (${blockSizeBytes} bytes).`;
    throw new BackupFileError('invalid-request', chain.newest.path, message);
  }
  const { pointUuid, createdAt, machine, job, objects } = chain.metadata;
  return { pointUuid, createdAt, machine, job, productVersion, ...changes, objects, blockSizeBytes };
}

async function fill(
  options: CopyPointOptions,
  chain: Chain,
  file: NewFile,
  metadata: PointMetadata,
): Promise<BackupFileInfo> {
  const { digestAlgorithm, blockSizeBytes } = chain.newest.superblock;
  const codec = options.codec ?? 'keep';
  const target = file.blocksTarget(codec, digestAlgorithm);
  const files = chain.workerFiles();
  const stays = file.isClone ? files.length - 1 : undefined;
  const work = function* (): Generator<PageWork> {
    for (const page of objectPages(metadata.objects, blockSizeBytes)) {
      const { objectIndex, object, pageNumber, firstBlock } = page;
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        prepare: (table) => preparePage(chain, page, table, options.take),
        concerns: (table, row) => table.hasData(row) && table.files[row] !== stays,
        task: (slice) => ({ kind: 'move', ...slice, files, target, stays }),
        finish: (table, rows) =>
          file.index.addPage(objectIndex, pageNumber, table, rows, (row) =>
            plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes),
          ),
      };
    }
  };
  await runPages(work(), {
    ...options,
    blockSizeBytes,
    counters: file.counters,
    totalBytes: totalBytesOf(metadata.objects),
    readPath: chain.newest.path,
    writePath: file.handle.name,
    writes: file.handle,
  });
  return file.commit(
    {
      chainUuid: options.chainUuid,
      parentFileUuid: options.parentFileUuid,
      kind: options.kind,
      generation: 1,
      blockSizeBytes,
      digestAlgorithm,
    },
    { metadata, codec: codec === 'keep' ? chain.newest.facts.codec : codec, absorbed: [] },
  );
}

/** Fills a table with the entries that the copy must have. */
async function preparePage(chain: Chain, page: ObjectPage, table: BlockTable, take: number): Promise<void> {
  const { object, pageNumber, firstBlock } = page;
  const zeroFrom = await chain.readPage(object.id, pageNumber, table, take);
  const base = chain.files[take];
  if (!base) {
    // A full says zero by having no entry.
    for (let row = 0; row < blocksPerPage; row += 1) if (!table.hasData(row)) table.states[row] = blockState.absent;
    return;
  }
  // A disk that was shorter for a while has lost what it had there: the increment must say so where its base has more.
  const ownRows = blockCount(object.sizeBytes, chain.blockSizeBytes) - firstBlock;
  const rows = Math.min(blocksPerPage, ownRows, base.blockCount(object.id) - firstBlock);
  for (let row = zeroFrom; row < rows; row += 1) {
    if (table.states[row] === blockState.absent) table.states[row] = blockState.zero;
  }
}
