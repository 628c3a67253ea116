import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { RunOptions } from '../pipeline/progress.ts';
import { type BlockTable, blocksPerPage, blockState, sharedFlag } from './block-table.ts';
import { RunCounters } from './block-task.ts';
import type { Chain } from './chain.ts';
import { DedupTable } from './dedup-table.ts';
import { partialSuffix } from '../files/durable-file.ts';
import { type IndexTarget, IndexWriter } from './index-writer.ts';
import type { KeyMaterial } from './key-section.ts';
import { type ObjectPage, objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { plainLength, type PointMetadata } from './restore-point.ts';
import type { RootFacts } from './root.ts';
import { createFileKey, type FileKey, sealOverheadBytes } from './sealing.ts';
import { dataStart, encodeSuperblock, type Extent, type Superblock } from './superblock.ts';
import { checksumOf } from './checksum.ts';

export const virtualNonceEpoch = 1;

/** Where everything of a full that is not written yet will stand. The same inputs always give the same layout. */
export interface VirtualLayout {
  superblock: Superblock;
  facts: RootFacts;
  key: FileKey | undefined;
  /** Superblocks and key section. */
  head: Buffer;
  /** Pages with blocks of their own, in order of position. */
  blockRuns: { page: ObjectPage; spooled: number; startOffset: number; endOffset: number }[];
  /** Start of the index pages; the spool has them in order. */
  indexOffset: number;
  root: Buffer;
  index: IndexWriter;
  sizeBytes: number;
}

export interface VirtualFullFacts extends RunOptions {
  fileUuid: string;
  chainUuid: string;
  metadata: PointMetadata;
  /** Where the index waits; it is small next to the data, but may not fit into memory. */
  spoolDir: string;
}

/**
 * Plans the full. Reads all of the chain's index; of an encrypted chain all blocks too, because the checksum of a block
 * that is encrypted anew must be known before the first byte is given out.
 */
export async function planVirtualFull(chain: Chain, options: VirtualFullFacts): Promise<VirtualLayout> {
  const { fileUuid, metadata } = options;
  const { blockSizeBytes } = chain;
  const keyMaterial = chain.files.find((file) => file.keyMaterial)?.keyMaterial;
  const key = keyMaterial && createFileKey(fileUuid, keyMaterial.dataKey);
  const index = new IndexWriter(join(options.spoolDir, `virtual-full-${randomUUID()}.index${partialSuffix}`));
  const blockRuns: VirtualLayout['blockRuns'] = [];
  const keySection = keyMaterial && keySectionExtent(keyMaterial);
  let end = dataStart + (keySection?.storedBytes ?? 0);
  const dedup = new DedupTable();
  const files = chain.workerFiles();

  const work = function* (): Generator<PageWork> {
    for (const page of objectPages(metadata.objects, blockSizeBytes)) {
      const { object, objectIndex, pageNumber, firstBlock } = page;
      let startOffset = 0;
      let endOffset = 0;
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        async prepare(table) {
          await chain.readPage(object.id, pageNumber, table);
          startOffset = end;
          end = place(table, chain, key !== undefined, end, dedup);
          endOffset = end;
        },
        concerns: (table, row) => key !== undefined && table.hasData(row),
        task(slice) {
          if (!key) throw new TypeError('Nothing is to be foreseen without a key.');
          return { kind: 'foresee', ...slice, files, key, nonceEpoch: virtualNonceEpoch };
        },
        async finish(table, rows) {
          table.offsets.set(table.plannedOffsets);
          const before = index.spool.length;
          await index.addPage(
            objectIndex,
            pageNumber,
            table,
            rows,
            (row) => plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes),
            false,
          );
          if (endOffset > startOffset) blockRuns.push({ page, spooled: before, startOffset, endOffset });
        },
      };
    }
  };
  try {
    await runPages(work(), {
      ...options,
      blockSizeBytes,
      counters: new RunCounters(),
      totalBytes: totalBytesOf(metadata.objects),
      readPath: chain.newest.path,
      writePath: chain.newest.path,
    });
    return await finishLayout({ chain, options, index, blockRuns, key, keyMaterial, indexOffset: end });
  } catch (error) {
    await index.close();
    throw error;
  } finally {
    dedup.release();
  }
}

interface UnfinishedLayout {
  chain: Chain;
  options: VirtualFullFacts;
  index: IndexWriter;
  blockRuns: VirtualLayout['blockRuns'];
  key: FileKey | undefined;
  keyMaterial: KeyMaterial | undefined;
  indexOffset: number;
}

async function finishLayout(plan: UnfinishedLayout): Promise<VirtualLayout> {
  const { chain, options, index, key, keyMaterial, indexOffset } = plan;
  const { storedBytes, dataBytes } = index;
  const facts = { metadata: options.metadata, codec: chain.newest.facts.codec, storedBytes, dataBytes, absorbed: [] };
  let root: Buffer = Buffer.alloc(0);
  const target: IndexTarget = {
    path: chain.newest.path,
    key,
    nonceEpoch: virtualNonceEpoch,
    pack: false,
    // The root comes last.
    put: async (stored) => {
      root = stored;
    },
  };
  const rootExtent = await index.write(target, indexOffset, facts);
  const { blockSizeBytes, digestAlgorithm } = chain.newest.superblock;
  const superblock: Superblock = {
    fileUuid: options.fileUuid,
    chainUuid: options.chainUuid,
    parentFileUuid: null,
    kind: 'full',
    generation: 1,
    blockSizeBytes,
    digestAlgorithm,
    root: rootExtent,
    keySection: keyMaterial && keySectionExtent(keyMaterial),
    nonceEpoch: virtualNonceEpoch,
    committedBytes: rootExtent.offset + rootExtent.storedBytes,
  };
  const slot = encodeSuperblock(superblock);
  return {
    superblock,
    facts: { ...facts, indexBytes: index.indexBytes },
    key,
    head: Buffer.concat([slot, slot, keyMaterial?.section ?? Buffer.alloc(0)]),
    blockRuns: plan.blockRuns,
    indexOffset,
    root,
    index,
    sizeBytes: superblock.committedBytes,
  };
}

function keySectionExtent({ section }: KeyMaterial): Extent {
  return { offset: dataStart, storedBytes: section.length, checksum: checksumOf(section) };
}

/**
 * Gives every block of a page its position from `start` on and returns the end. Blocks that share their stored bytes in a
 * source file share them again; equal blocks of different files do not, for their stored bytes may differ.
 */
function place(table: BlockTable, chain: Chain, encrypted: boolean, start: number, dedup: DedupTable): number {
  let end = start;
  const name = Buffer.alloc(32);
  for (let row = 0; row < blocksPerPage; row += 1) {
    if (!table.hasData(row)) {
      // A full says zero by having no entry.
      table.states[row] = blockState.absent;
      continue;
    }
    const sealedBefore = chain.files[table.files[row] ?? 0]?.key !== undefined;
    const overheadChange = (encrypted ? sealOverheadBytes : 0) - (sealedBefore ? sealOverheadBytes : 0);
    const state = table.state(row);
    name.set(table.digest(row).subarray(0, 20));
    name.writeUInt32LE(table.files[row] ?? 0, 20);
    name.writeDoubleLE(table.offsets[row] ?? 0, 24);
    const known = dedup.find(name);
    table.plannedOffsets[row] = known ? known.offset : end;
    table.states[row] = known ? state | sharedFlag : state;
    if (known) continue;
    const storedBytes = (table.storedBytes[row] ?? 0) + overheadChange;
    dedup.remember(name, { offset: end, storedBytes, checksum: 0n, state });
    end += storedBytes;
  }
  return end;
}
