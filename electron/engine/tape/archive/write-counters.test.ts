import { asyncProperty, assert, integer, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { WriteCounters } from './drive-feed.ts';
import { MemoryDrive } from './testing/memory-drive.ts';
import { newSampleTape, sampleWriter } from './testing/sample-job.ts';
import { sampleFile, samplePoint } from './testing/sample-session.ts';

const KiB = 1024;

test('read is what the source gave and transferred what the drive took, to the byte, whatever fails', async () => {
  const cases = record({
    size: integer({ min: 0, max: 1500 }),
    failAt: integer({ min: 3, max: 40 }),
    end: integer({ min: 4, max: 60 }),
  });
  await assert(
    asyncProperty(cases, async ({ size, failAt, end }) => {
      const { drive, tape } = await newSampleTape();
      const begin = drive.objects.length;
      drive.earlyWarningAt = begin + end;
      let failed = false;
      drive.failWrite = (block) => {
        if (failed || block !== begin + failAt) return undefined;
        failed = true;
        return MemoryDrive.mediumError(block);
      };
      const seen = { gave: 0, took: 0 };
      const writeRecords = drive.writeRecords.bind(drive);
      drive.writeRecords = async (buffer, recordBytes) => {
        const result = await writeRecords(buffer, recordBytes);
        seen.took += result.writtenRecords * recordBytes;
        return result;
      };
      const session = sampleWriter(drive, tape);
      const all: WriteCounters[] = [];
      for (const seed of [1, 2]) {
        const file = sampleFile(`vm${seed}`, size * KiB, seed);
        const read = async (buffer: Uint8Array, position: number): Promise<number> => {
          const length = await file.source.read(buffer, position);
          seen.gave += length;
          return length;
        };
        const counters = { readBytes: 0, transferredBytes: 0, processedBytes: 0 };
        all.push(counters);
        session.countFor(counters);
        const done = await session.writeFile({ ...file, source: { ...file.source, read }, counters });
        if (done.status !== 'done') break;
        expect(counters.processedBytes).toBe(size * KiB);
        const point = samplePoint(file, done.slices, done.sha256);
        if (
          !(await session.commitPoint(point).then(
            () => true,
            () => false,
          ))
        )
          break;
      }
      await session.finish().catch(() => session.finish());
      const sum = (name: keyof WriteCounters): number => all.reduce((total, counters) => total + counters[name], 0);
      expect(sum('readBytes')).toBe(seen.gave);
      expect(sum('transferredBytes')).toBe(seen.took);
    }),
    { numRuns: 40 },
  );
});
