import type { Progress, RunOptions } from '../pipeline/progress.ts';
import { objectKey } from './append-session.ts';
import { blocksPerPage, blockState, type BlockTable } from './block-table.ts';
import { Chain } from './chain.ts';
import { BackupFileError } from './errors.ts';
import type { FilePlace } from '../files/file-place.ts';
import { NewFile, prepareKey } from './new-file.ts';
import { type ObjectPage, objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { PointState } from './point-state.ts';
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
import type { Signer } from './superblock.ts';

export interface CopyPointOptions extends RunOptions {
  /** The whole chain of the source point, newest first. */
  sources: FilePlace[];
  /** How many of them, from the newest on, the copy takes its blocks from: all for a full, fewer for an increment. */
  take: number;
  target: FilePlace;
  kind: PointKind;
  chainUuid: string;
  /** What to change about the source's description; the point's UUID and time stay unless told. */
  metadata?: Partial<NewPointMetadata>;
  /** `keep` (unless told): every block stays packed as it is. */
  codec?: 'keep' | Codec;
  /**
   * `keep` (unless told): under the source's key, blocks unopened; a plain source gives a plain copy. `none`: in clear. Else under a key
   * of its own: then every block is decrypted and encrypted.
   */
  encryption?: 'keep' | 'none' | Encryption;
  /**
   * For a synthetic full in the repository of its source: begins as a clone of the source's full where the file system
   * can share extents, and appends only what differs. Shared blocks are neither moved nor verified, and one damaged
   * place on the disk then damages both files: not for a copy that shall be a second one.
   */
  shareExtents?: boolean;
  /** For the source's files. */
  keys?: Keys;
  signer?: Signer;
}

/**
 * Makes a new file of a restore point: a full of all its blocks, or an increment of what changed over the newest `take`
 * files. Stored blocks are moved without decompressing where codec allows; each one's checksum is verified on the way.
 * `readBytes` and `transferredBytes` are stored bytes. Nothing but a `*.partial` file is left by a failure or a cancel.
 */
export async function copyPoint(
  options: CopyPointOptions,
): Promise<BackupFileInfo & Pick<Progress, 'readBytes' | 'transferredBytes'>> {
  const { sources, take, kind } = options;
  const targetPath = options.target.name;
  const isFull = kind === 'full';
  const codec = options.codec ?? 'keep';
  if (take < 1 || take > sources.length || isFull !== (take === sources.length)) {
    const message = 'A full takes all files of its source; an increment takes some.';
    throw new BackupFileError('invalid-request', targetPath, message);
  }
  const chain = await Chain.open(sources, options.keys);
  try {
    const metadata = describeCopy(chain, options.metadata);
    checkMetadata(metadata, targetPath);
    const encryption = options.encryption ?? 'keep';
    const kept = encryption === 'keep';
    const keyMaterial = kept
      ? chain.newest.keyMaterial
      : await prepareKey(encryption === 'none' ? undefined : encryption, targetPath);
    const full = chain.files.at(-1);
    const base = chain.files[take];
    const mayShare = options.shareExtents && isFull && full && kept && codec === 'keep';
    const sameKey = full?.keyMaterial === undefined || full === chain.newest;
    const cloneOf =
      mayShare && sameKey ? { place: full.place, committedBytes: full.superblock.committedBytes } : undefined;
    const movesUnopened = kept || (!chain.encrypted && keyMaterial === undefined);
    const file = await NewFile.create({
      place: options.target,
      keyMaterial,
      cloneOf,
      point: {
        pointUuid: metadata.pointUuid,
        parent: base ? { pointUuid: base.superblock.pointUuid, state: base.superblock.state } : null,
        createdAtMs: Date.parse(metadata.createdAt),
        objects: metadata.objects,
      },
      sessions: movesUnopened ? chain.sessionRows(keyMaterial?.fileKey, 1, take) : [],
    });
    try {
      const info = await fill(options, chain, file, metadata, movesUnopened);
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
  movesUnopened: boolean,
): Promise<BackupFileInfo> {
  const { blockSizeBytes } = chain;
  const codec = options.codec ?? 'keep';
  const target = file.blocksTarget(codec, movesUnopened);
  const files = chain.workerFiles();
  const stays = file.isClone ? files.length - 1 : undefined;
  const base = chain.files[options.take];
  const state = new PointState(metadata.objects, blockSizeBytes, (id) => chain.newest.objects.get(id));
  const work = function* (): Generator<PageWork> {
    for (const page of objectPages(metadata.objects, blockSizeBytes)) {
      const { objectIndex, object, pageNumber, firstBlock } = page;
      // Where nobody says anything, nothing is to be copied: the state has the section from the source, which proved it.
      if (!chain.touches(object.id, pageNumber, base ? options.take : undefined)) {
        file.counters.add('processed', page.plainBytes);
        continue;
      }
      const key = objectKey(object.id);
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        prepare: (table) => preparePage(chain, page, table, base ? options.take : undefined),
        concerns: (table, row) => table.hasData(row) && table.files[row] !== stays,
        task: (slice) => ({ kind: 'move', ...slice, files, target, object: key, stays }),
        async finish(table, rows) {
          state.setPage(objectIndex, pageNumber, table.digests, rows);
          await file.index.addPage({ objectIndex, id: object.id, pageNumber }, table, rows, (row) =>
            plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes),
          );
        },
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
  const facts = { chainUuid: options.chainUuid, kind: options.kind, blockSizeBytes };
  const packed = codec === 'keep' ? chain.newest.root.facts.codec : codec;
  return file.commit(facts, { metadata, codec: packed, absorbed: [] }, state, options.signer);
}

/** Leaves in a table the entries that the copy must have: of the newest `take` files, or of all in a full. */
async function preparePage(chain: Chain, page: ObjectPage, table: BlockTable, take: number | undefined): Promise<void> {
  const { object, pageNumber, firstBlock } = page;
  const limits = await chain.readPage(object.id, pageNumber, table);
  if (take === undefined) {
    // A full says zero by having no entry.
    for (let row = 0; row < blocksPerPage; row += 1) {
      if (table.state(row) === blockState.zero) table.states[row] = blockState.absent;
    }
    return;
  }
  const own = blockCount(object.sizeBytes, chain.blockSizeBytes) - firstBlock;
  const inBase = (chain.files[take]?.blockCount(object.id) ?? 0) - firstBlock;
  const asked = limits[take - 1] ?? 0;
  for (let row = 0; row < Math.min(blocksPerPage, own); row += 1) {
    if (table.states[row] !== blockState.absent && (table.files[row] ?? 0) >= take)
      table.states[row] = blockState.absent;
    // An object that was shorter for a while has lost what it had there: the increment must say so where its base has more.
    if (row >= asked && row < inBase && table.states[row] === blockState.absent) table.states[row] = blockState.zero;
  }
}
