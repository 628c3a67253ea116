import type { RunOptions } from '../pipeline/progress.ts';
import { type BlockTable, blockState, checkOutcome } from './block-table.ts';
import { RunCounters, type StoredBlocksFile } from './block-task.ts';
import { Chain } from './chain.ts';
import type { FilePlace } from '../files/file-place.ts';
import { BackupFileError, isMissing } from './errors.ts';
import { type ObjectPage, objectPages, totalBytesOf } from './object-pages.ts';
import { type PageWork, runPages } from './page-run.ts';
import { recordHeaderBytes } from './record.ts';
import type { Keys, ObjectInfo } from './restore-point.ts';
import { StoredFile } from './stored-file.ts';

export interface CheckOptions extends RunOptions {
  /** `checksums`: stored bytes are as written. `digests`: content is as backed up, too. */
  level: 'checksums' | 'digests';
  keys?: Keys;
}

export interface CheckProblem {
  kind:
    | 'missing'
    | 'superblock'
    | 'signature'
    | 'root'
    | 'chain'
    | 'index'
    | 'lost'
    | 'unreadable'
    | 'checksum'
    | 'undecodable'
    | 'digest';
  path: string;
  message: string;
  objectName?: string;
  blockIndex?: number;
  /** Position of the stored block in its file. */
  offset?: number;
}

export interface CheckReport {
  /** State digest of the point, or of the file's point, in hexadecimal; null where it could not even be opened. */
  state: string | null;
  /** Damaged copies of doubled parts: nothing is lost by them yet. */
  decay: string[];
  /** Blocks that are known to be lost: their bytes are gone, and the point says so. */
  lostBlocks: number;
  /** Stored blocks checked, each once per use. */
  blocks: number;
  /** Their stored bytes. */
  bytes: number;
  /** Empty when all is well. At most {@link mostProblems} are listed. */
  problems: CheckProblem[];
  problemCount: number;
}

export const mostProblems = 1000;

function newReport(): CheckReport {
  return { state: null, decay: [], lostBlocks: 0, blocks: 0, bytes: 0, problems: [], problemCount: 0 };
}

/**
 * Checks everything in one file: superblock, root, index and each stored block. Damage is reported, not thrown; thrown are
 * `key-needed`, `wrong-key`, `newer-version`, errors of the system, and the signal's reason.
 */
export async function checkFile(place: FilePlace, options: CheckOptions): Promise<CheckReport> {
  const report = newReport();
  const file = await StoredFile.open(place, options.keys).catch((error: unknown) => reportOpening(report, error));
  if (!file) return report;
  try {
    await checkPages(options, report, {
      files: [file.asWorkerFile()],
      objects: file.metadata.objects,
      blockSizeBytes: file.superblock.blockSizeBytes,
      readPage: (page, table) => file.readPageInto(table, page.object.id, page.pageNumber, 0),
    });
    await checkCopies(report, [file]);
    return report;
  } finally {
    await file.close();
  }
}

/** Checks all that a restore point needs, over its files (newest first, the full last), as {@link checkFile} does. */
export async function checkPoint(places: readonly FilePlace[], options: CheckOptions): Promise<CheckReport> {
  const report = newReport();
  const chain = await Chain.open(places, options.keys).catch((error: unknown) => reportOpening(report, error));
  if (!chain) return report;
  try {
    await checkPages(options, report, {
      files: chain.workerFiles(),
      objects: chain.metadata.objects,
      blockSizeBytes: chain.blockSizeBytes,
      readPage: async (page, table) => void (await chain.readPage(page.object.id, page.pageNumber, table)),
    });
    await checkCopies(report, chain.files);
    return report;
  } finally {
    await chain.close();
  }
}

/** What stands twice is looked at twice: a copy that decayed is told while the other one is still there. */
async function checkCopies(report: CheckReport, files: readonly StoredFile[]): Promise<void> {
  const [newest] = files;
  if (newest) report.state = Buffer.from(newest.superblock.state).toString('hex');
  for (const file of files) {
    await file.checkCopies();
    report.decay.push(...file.decay.map((what) => `${file.path}: ${what}`));
  }
}

const openingProblems: Partial<Record<BackupFileError['code'], CheckProblem['kind']>> = {
  'not-a-backup-file': 'superblock',
  torn: 'superblock',
  corrupt: 'root',
  forged: 'signature',
  'chain-incomplete': 'chain',
  'chain-mixed': 'chain',
};

function reportOpening(report: CheckReport, error: unknown): undefined {
  if (!(error instanceof BackupFileError)) throw error;
  const kind = isMissing(error) ? 'missing' : openingProblems[error.code];
  if (!kind) throw error;
  add(report, { kind, path: error.path, message: error.message });
  return undefined;
}

function add(report: CheckReport, problem: CheckProblem): void {
  report.problemCount += 1;
  if (report.problems.length < mostProblems) report.problems.push(problem);
}

interface CheckedPages {
  files: StoredBlocksFile[];
  objects: readonly ObjectInfo[];
  blockSizeBytes: number;
  readPage(page: ObjectPage, table: BlockTable): Promise<void>;
}

async function checkPages(options: CheckOptions, report: CheckReport, pages: CheckedPages): Promise<void> {
  const { files, objects, blockSizeBytes } = pages;
  const path = files[0]?.path ?? '';
  const work = function* (): Generator<PageWork> {
    for (const page of objectPages(objects, blockSizeBytes)) {
      const { object, pageNumber, firstBlock } = page;
      yield {
        pageNumber,
        objectSizeBytes: object.sizeBytes,
        async prepare(table) {
          try {
            await pages.readPage(page, table);
          } catch (error) {
            if (!(error instanceof BackupFileError)) throw error;
            // Blocks that no readable page names cannot be checked; the next page still can.
            table.clear();
            add(report, { kind: 'index', path: error.path, objectName: object.name, message: error.message });
          }
        },
        concerns: (table, row) => table.hasData(row),
        task: (slice) => ({ kind: 'check', ...slice, files, verifyDigests: options.level === 'digests' }),
        async finish(table, rows) {
          for (let row = 0; row < rows; row += 1) {
            if (table.state(row) === blockState.lost) {
              report.lostBlocks += 1;
              add(report, lostBlock(files[table.files[row] ?? 0]?.path ?? path, object, firstBlock + row));
            }
            if (!table.hasData(row)) continue;
            report.blocks += 1;
            report.bytes += recordHeaderBytes + (table.storedBytes[row] ?? 0);
            const outcome = table.outcomes[row] ?? checkOutcome.sound;
            if (outcome === checkOutcome.sound) continue;
            const where = files[table.files[row] ?? 0]?.path ?? path;
            add(report, describeBlock(outcome, where, object, firstBlock + row, table.offsets[row] ?? 0));
          }
        },
      };
    }
  };
  await runPages(work(), {
    ...options,
    blockSizeBytes,
    counters: new RunCounters(),
    totalBytes: totalBytesOf(objects),
    readPath: path,
    writePath: path,
  });
}

function lostBlock(path: string, object: ObjectInfo, blockIndex: number): CheckProblem {
  const message = `${path}: block ${blockIndex} of ${object.name} is lost. A newer restore point that has it, or a repair, heals it.`;
  return { kind: 'lost', path, objectName: object.name, blockIndex, message };
}

function describeBlock(
  outcome: number,
  path: string,
  object: ObjectInfo,
  blockIndex: number,
  offset: number,
): CheckProblem {
  const [kind, what] =
    outcome === checkOutcome.unreadable
      ? (['unreadable', 'cannot be read'] as const)
      : outcome === checkOutcome.wrongChecksum || outcome === checkOutcome.wrongHeader
        ? (['checksum', 'does not match its checksum'] as const)
        : outcome === checkOutcome.undecodable
          ? (['undecodable', 'cannot be decrypted or decompressed'] as const)
          : (['digest', 'does not have the content it had when it was backed up'] as const);
  const message = `${path} is damaged: block ${blockIndex} of ${object.name} (at byte ${offset}) ${what}.`;
  return { kind, path, objectName: object.name, blockIndex, offset, message };
}
