import { expect, test } from 'vitest';
import type { TapeCatalogue } from './documents.ts';
import { catalogueTape } from './scan.ts';
import { startTape } from './start-tape.ts';
import { MemoryDrive } from './testing/memory-drive.ts';
import { checkRestore, type JobTape, runSampleJob } from './testing/sample-job.ts';
import { sampleFile, sampleIdentity, sampleSet } from './testing/sample-session.ts';

const KiB = 1024;
const sizes = { sliceBytes: 600 * KiB, dataFileBytes: 1200 * KiB };

/** Tapes in memory, made as the job asks for them. */
class TapeStack {
  readonly drives = new Map<string, MemoryDrive>();
  readonly #prepare: (drive: MemoryDrive, number: number) => void;

  constructor(prepare: (drive: MemoryDrive, number: number) => void) {
    this.#prepare = prepare;
  }

  next = async (catalogues: readonly TapeCatalogue[]): Promise<JobTape> => {
    const number = this.drives.size + 1;
    const drive = new MemoryDrive();
    const identity = sampleIdentity(number);
    const set = sampleSet(number, catalogues.at(-1)?.tape.uuid);
    const tape = await startTape(drive, { identity, set, previousCatalogues: catalogues });
    this.#prepare(drive, number);
    this.drives.set(identity.uuid, drive);
    return { drive, tape };
  };

  drive = async (tapeUuid: string): Promise<MemoryDrive> => this.drives.get(tapeUuid) ?? new MemoryDrive();

  /** Where what a tape says of itself differs from what the writer said. */
  async differences(catalogues: readonly TapeCatalogue[]): Promise<string[]> {
    const different: string[] = [];
    const facts = (one: TapeCatalogue): string => {
      const points = one.sessions.flatMap((session) => session.points.map((point) => point.uuid));
      return JSON.stringify([one.endBlock, one.tapeFiles, points]);
    };
    for (const expected of catalogues) {
      for (const method of ['quick', 'scan'] as const) {
        const found = await catalogueTape(await this.drive(expected.tape.uuid), { method });
        if (facts(found) !== facts(expected)) different.push(`${method}: ${facts(found)} for ${facts(expected)}`);
      }
    }
    return different;
  }
}

const files = [
  sampleFile('alpha', 2000 * KiB, 1),
  sampleFile('beta', 100, 2),
  sampleFile('gamma', 1300 * KiB, 3),
  sampleFile('delta', 610 * KiB, 4),
];

test('wherever the early warning and the end of the medium come, everything ends up on tape, once', async () => {
  for (let length = 12; length <= 24; length += 1) {
    for (const zone of [0, 1, 3, 6]) {
      const stack = new TapeStack((drive, number) => {
        // The label, the set and the earlier catalogues come before.
        drive.capacity = drive.objects.length + length + (number % 2);
        drive.earlyWarningAt = drive.capacity - zone;
      });
      const catalogues = await runSampleJob(files, stack.next, { ...sizes, batch: 1 + (length % 2) });
      expect([`${length} objects, zone ${zone}`, await checkRestore(catalogues, files, stack.drive)]).toEqual([
        `${length} objects, zone ${zone}`,
        [],
      ]);
      expect(await stack.differences(catalogues)).toEqual([]);
    }
  }
});

test('wherever the medium fails, what was committed stays and the rest is redone on the next tape', async () => {
  for (let offset = 0; offset < 30; offset += 1) {
    for (const losesBuffer of [false, true]) {
      const stack = new TapeStack((drive, number) => {
        if (number > 1) return;
        const bad = drive.objects.length + offset;
        drive.failWrite = (block) => {
          if (block !== bad) return undefined;
          if (losesBuffer) drive.loseBuffer();
          return MemoryDrive.writeError(block);
        };
      });
      const batch = 1 + (offset % 2);
      const catalogues = await runSampleJob(files, stack.next, { ...sizes, batch });
      expect([`block ${offset}`, await checkRestore(catalogues, files, stack.drive)]).toEqual([`block ${offset}`, []]);
      expect(await stack.differences(catalogues)).toEqual([]);
    }
  }
});

test('a flush that fails commits nothing that is not provably on the medium', async () => {
  for (const nth of [1, 2]) {
    const stack = new TapeStack((drive, number) => {
      let flushes = 0;
      if (number > 1) return;
      drive.failFlush = () => {
        flushes += 1;
        if (flushes !== nth) return undefined;
        // The buffer is lost with it.
        drive.loseBuffer();
        return MemoryDrive.writeError(drive.at);
      };
    });
    const catalogues = await runSampleJob(files, stack.next, sizes);
    expect(await checkRestore(catalogues, files, stack.drive)).toEqual([]);
    expect(await stack.differences(catalogues)).toEqual([]);
  }
});
