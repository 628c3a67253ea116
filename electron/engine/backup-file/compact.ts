import type { RunOptions } from '../pipeline/progress.ts';
import { takeNonceEpoch } from './existing-file.ts';
import type { FilePlace } from '../files/file-place.ts';
import { NewFile } from './new-file.ts';
import { objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { type BackupFileInfo, type Keys, plainLength } from './restore-point.ts';
import { StoredFile } from './stored-file.ts';

/**
 * Rewrites a file without its dead space, as the same file (UUID, links, point), and puts it in the old one's place.
 * Needs as much free space as the file has live data. A failure or cancel leaves the old file as it was.
 */
export async function compact(options: { place: FilePlace; keys?: Keys } & RunOptions): Promise<BackupFileInfo> {
  const { place } = options;
  const old = await StoredFile.open(place, options.keys, 'append');
  try {
    const { keyMaterial } = old;
    const { superblock } = keyMaterial ? await takeNonceEpoch(old) : old.current;
    const { fileUuid, nonceEpoch } = superblock;
    const file = await NewFile.create({ place, replace: true, fileUuid, keyMaterial, nonceEpoch });
    try {
      await moveAll(options, old, file);
      const { metadata, codec, absorbed } = old.facts;
      return await file.commit({ ...superblock, generation: superblock.generation + 1 }, { metadata, codec, absorbed });
    } catch (error) {
      await file.abandon();
      throw error;
    }
  } finally {
    await old.close();
  }
}

async function moveAll(options: RunOptions, old: StoredFile, file: NewFile): Promise<void> {
  const { digestAlgorithm, blockSizeBytes } = old.superblock;
  const { objects } = old.facts.metadata;
  const target = file.blocksTarget('keep', digestAlgorithm);
  const files = [old.asWorkerFile()];
  const work = function* (): Generator<PageWork> {
    for (const { objectIndex, object, pageNumber, firstBlock } of objectPages(objects, blockSizeBytes)) {
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        prepare: (table) => old.readPageInto(table, objectIndex, pageNumber, 0),
        concerns: (table, row) => table.hasData(row),
        task: (slice) => ({ kind: 'move', ...slice, files, target }),
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
    totalBytes: totalBytesOf(objects),
    readPath: old.path,
    writePath: file.handle.name,
    writes: file.handle,
  });
}
