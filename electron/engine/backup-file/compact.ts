import type { RunOptions } from '../pipeline/progress.ts';
import { objectKey } from './append-session.ts';
import { Chain } from './chain.ts';
import type { FilePlace } from '../files/file-place.ts';
import { BackupFileError } from './errors.ts';
import { NewFile } from './new-file.ts';
import { objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { PointState } from './point-state.ts';
import { type BackupFileInfo, type Keys, plainLength } from './restore-point.ts';
import type { Signer } from './superblock.ts';

/**
 * Rewrites a full without its dead space, as the same file (UUID, point, state), and puts it in the old one's place. Records are
 * moved unopened. Needs as much free space as the file has live data. A failure or cancel leaves the old file as it was.
 */
export async function compact(
  options: { place: FilePlace; keys?: Keys; signer?: Signer } & RunOptions,
): Promise<BackupFileInfo> {
  const { place } = options;
  const path = place.name;
  const chain = await Chain.open([place], options.keys);
  try {
    const old = chain.newest;
    const { superblock, keyMaterial } = old;
    if (superblock.kind !== 'full') {
      throw new BackupFileError('invalid-request', path, `${path} is an increment: only fulls have dead space.`);
    }
    const generation = superblock.generation + 1;
    const file = await NewFile.create({
      place,
      replace: true,
      fileUuid: superblock.fileUuid,
      generation,
      keyMaterial,
      point: { ...superblock, objects: chain.metadata.objects },
      sessions: chain.sessionRows(keyMaterial?.fileKey, generation),
    });
    try {
      const state = await moveAll(options, chain, file);
      const { codec, absorbed } = old.root.facts;
      return await file.commit(superblock, { metadata: chain.metadata, codec, absorbed }, state, options.signer);
    } catch (error) {
      await file.abandon();
      throw error;
    }
  } finally {
    await chain.close();
  }
}

async function moveAll(options: RunOptions, chain: Chain, file: NewFile): Promise<PointState> {
  const { blockSizeBytes, metadata } = chain;
  const target = file.blocksTarget('keep', true);
  const files = chain.workerFiles();
  const state = new PointState(metadata.objects, blockSizeBytes, (id) => chain.newest.objects.get(id));
  const work = function* (): Generator<PageWork> {
    for (const { objectIndex, object, pageNumber, firstBlock } of objectPages(metadata.objects, blockSizeBytes)) {
      const key = objectKey(object.id);
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        prepare: async (table) => void (await chain.readPage(object.id, pageNumber, table)),
        concerns: (table, row) => table.hasData(row),
        task: (slice) => ({ kind: 'move', ...slice, files, target, object: key }),
        finish: (table, rows) =>
          file.index.addPage({ objectIndex, id: object.id, pageNumber }, table, rows, (row) =>
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
  return state;
}
