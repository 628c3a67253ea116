import { hkdfSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { blake3 } from '@napi-rs/blake-hash';
import type { RunOptions } from '../pipeline/progress.ts';
import { openingRecords, repeatableSession, sessionRow } from './append-session.ts';
import { type BlockTable, blocksPerPage, blockState, sharedFlag } from './block-table.ts';
import { RunCounters } from './block-task.ts';
import type { Chain } from './chain.ts';
import { DedupTable } from './dedup-table.ts';
import { partialSuffix } from '../files/durable-file.ts';
import { IndexWriter, type PlannedIndex } from './index-writer.ts';
import { rootFactsOf } from './new-file.ts';
import { type ObjectPage, objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { PointState } from './point-state.ts';
import { recordHeaderBytes } from './record.ts';
import { plainLength, type PointMetadata } from './restore-point.ts';
import { dataStart, type Signer } from './superblock.ts';
import { uuidToBytes } from './uuid-bytes.ts';

/** Counts up when the same sources would give other bytes than before. */
const encoderVersion = 1;

/** Where everything of a full that is not written yet will stand. The same inputs always give the same layout. */
export interface VirtualLayout {
  /** Superblocks, key section, and the records that the append begins with. */
  head: Buffer;
  /** Pages with records of their own, in order of position, and a bit for each row whose record stands there. */
  blockRuns: { page: ObjectPage; startOffset: number; rows: Uint8Array }[];
  /** Everything behind the blocks. */
  plan: PlannedIndex;
  index: IndexWriter;
  sizeBytes: number;
}

export interface VirtualFullFacts extends RunOptions {
  fileUuid: string;
  chainUuid: string;
  metadata: PointMetadata;
  /** Where the index waits; it is small next to the data, but may not fit into memory. */
  spoolDir: string;
  signer?: Signer | undefined;
}

/**
 * Plans the full: records are taken as they are, one after another, so that reading all of the chain's index is enough. Its key is
 * the newest file's, its session made from what decides its bytes.
 */
export async function planVirtualFull(chain: Chain, options: VirtualFullFacts): Promise<VirtualLayout> {
  const { fileUuid, metadata } = options;
  const { blockSizeBytes } = chain;
  const { keyMaterial } = chain.newest;
  const fileKey = keyMaterial?.fileKey;
  const salt = uuidToBytes(fileUuid);
  const described = blake3(Buffer.from(JSON.stringify([fileUuid, options.chainUuid, metadata])));
  const sources = [...chain.files.map(({ superblock }) => superblock.root.digest), described];
  const session = repeatableSession(fileKey, salt, sources, { blockSizeBytes, encoder: `virtual ${encoderVersion}` });
  const counters = new RunCounters();
  const sessions = [sessionRow(session, fileKey, 1), ...chain.sessionRows(fileKey, 1)];
  const point = {
    pointUuid: metadata.pointUuid,
    parent: null,
    createdAtMs: Date.parse(metadata.createdAt),
    objects: metadata.objects,
  };
  const { opening, objects } = openingRecords(session, { fileUuid, generation: 1 }, point, sessions, () =>
    counters.nextRecord(),
  );
  const openingAt = dataStart + (keyMaterial?.section.length ?? 0);
  const begin = Buffer.concat([opening.bytes, objects.bytes]);
  const spoolPath = join(options.spoolDir, `virtual-full-${randomUUID()}.index${partialSuffix}`);
  const index = new IndexWriter(spoolPath, session, counters);
  const state = new PointState(metadata.objects, blockSizeBytes, (id) => chain.newest.objects.get(id));
  const blockRuns: VirtualLayout['blockRuns'] = [];
  const dedup = new DedupTable();
  let end = openingAt + begin.length;

  const work = function* (): Generator<PageWork> {
    for (const page of objectPages(metadata.objects, blockSizeBytes)) {
      const { object, objectIndex, pageNumber, firstBlock } = page;
      if (!chain.touches(object.id, pageNumber)) continue;
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        async prepare(table) {
          await chain.readPage(object.id, pageNumber, table);
          const startOffset = end;
          const rows = new Uint8Array(blocksPerPage / 8);
          end = placeRecords(table, end, dedup, rows);
          if (end > startOffset) blockRuns.push({ page, startOffset, rows });
        },
        concerns: () => false,
        task() {
          throw new TypeError('Planning a virtual full leaves nothing to workers.');
        },
        async finish(table, rows) {
          table.offsets.set(table.plannedOffsets);
          await index.addPage({ objectIndex, id: object.id, pageNumber }, table, rows, (row) =>
            plainLength(firstBlock + row, object.sizeBytes, blockSizeBytes),
          );
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
    const { storedBytes, dataBytes } = index;
    const plan = index.plan({
      path: chain.newest.path,
      position: end,
      state,
      superblock: {
        kind: 'full',
        blockSizeBytes,
        fileUuid,
        chainUuid: options.chainUuid,
        generation: 1,
        pointUuid: point.pointUuid,
        parent: null,
        createdAtMs: point.createdAtMs,
        opening: { offset: openingAt, digest: blake3(opening.bytes) },
      },
      facts: rootFactsOf(metadata, chain.newest.root.facts.codec, []),
      sums: { dataBytes, storedBytes, deadBytes: 0 },
      sessions,
      kept: [],
      key: keyMaterial,
      signer: options.signer,
      random: (bytes) => repeatableSalt(fileKey, session.uuid, bytes),
    });
    const { A, B } = plan.encoded;
    const head = Buffer.concat([A, B, keyMaterial?.section ?? Buffer.alloc(0), begin]);
    return { head, blockRuns, plan, index, sizeBytes: plan.superblock.committedBytes };
  } catch (error) {
    await index.close();
    throw error;
  } finally {
    dedup.release();
  }
}

/** A root's salt must not differ when the file is made again, nor be the same in another one: the session's UUID decides it. */
function repeatableSalt(fileKey: Uint8Array | undefined, session: Uint8Array, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey ?? Buffer.alloc(32), session, 'reelvault 2 repeatable root', bytes));
}

/**
 * Gives every record of a page its position from `start` on and returns the end. Blocks that name the same record in a
 * source file share it again. `rows`: takes those that have a record of their own here.
 */
function placeRecords(table: BlockTable, start: number, dedup: DedupTable, rows: Uint8Array): number {
  let end = start;
  const name = Buffer.alloc(32);
  for (let row = 0; row < blocksPerPage; row += 1) {
    if (!table.hasData(row)) {
      // A full says zero by having no entry.
      if (table.state(row) === blockState.zero) table.states[row] = blockState.absent;
      continue;
    }
    name.set(table.digest(row).subarray(0, 20));
    name.writeUInt32LE(table.files[row] ?? 0, 20);
    name.writeDoubleLE(table.offsets[row] ?? 0, 24);
    const known = dedup.find(name);
    table.plannedOffsets[row] = known ? known.offset : end;
    table.states[row] = known ? blockState.stored | sharedFlag : blockState.stored;
    if (known) continue;
    rows[row >>> 3] = (rows[row >>> 3] ?? 0) | (1 << (row & 7));
    const storedBytes = table.storedBytes[row] ?? 0;
    dedup.remember(name, { offset: end, storedBytes, checksum: 0n });
    end += recordHeaderBytes + storedBytes;
  }
  return end;
}
