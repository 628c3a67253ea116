import { expect, test } from 'vitest';
import type { SliceLocation, TapeCatalogue } from './documents.ts';
import { restoreSlices } from './tape-reader.ts';
import { MemoryDrive } from './testing/memory-drive.ts';
import { newSampleTape, sampleWriter, writeWhole } from './testing/sample-job.ts';
import { type SampleFile, sampleFile } from './testing/sample-session.ts';

const KiB = 1024;

interface Written {
  drive: MemoryDrive;
  files: SampleFile[];
  slices: SliceLocation[];
  tapeUuid: string;
}

async function written(sizes: number[]): Promise<Written> {
  const { drive, tape } = await newSampleTape();
  const session = sampleWriter(drive, tape, { dataFileBytes: 100_000 * KiB, sliceBytes: 700 * KiB });
  const files = sizes.map((size, index) => sampleFile(`vm${index}`, size, index + 1));
  for (const file of files) await writeWhole(session, file);
  const { catalogue } = await session.finish();
  drive.events = [];
  return { drive, files, slices: allSlices(catalogue), tapeUuid: tape.identity.uuid };
}

function allSlices(catalogue: TapeCatalogue): SliceLocation[] {
  return catalogue.sessions.flatMap(({ points }) => points.flatMap((point) => point.slices));
}

const nowhere = (): { write(): Promise<void> } => ({ write: async () => {} });

test('neighbouring slices are read in one go, and the tape is located once per run of them', async () => {
  const { drive, slices, tapeUuid } = await written([24_000 * KiB]);
  expect(slices.length).toBe(35);
  const all = await restoreSlices(drive, { tapeUuid, slices, sink: nowhere });
  expect(all.restored.length).toBe(35);
  expect(drive.events).toEqual([`locate ${slices[0]?.firstBlock}`]);

  drive.events = [];
  // A short gap is read through, a long one is not; the order asked in does not matter.
  const some = [33, 34, 0, 2, 3].flatMap((index) => slices[index] ?? []);
  const { restored } = await restoreSlices(drive, { tapeUuid, slices: some, sink: nowhere });
  expect(restored.map(({ slice }) => slice)).toEqual([0, 2, 3, 33, 34]);
  expect(drive.events).toEqual([`locate ${slices[0]?.firstBlock}`, `locate ${slices[33]?.firstBlock}`]);
});

test('a slice with wrong bytes, one behind a bad record and one that is not there are named; the rest is restored', async () => {
  const { drive, slices, tapeUuid, files } = await written([3000 * KiB, 3000 * KiB]);
  const [flipped, unreadable] = [slices[1], slices[6]];
  if (!flipped || !unreadable) throw new Error('Too few slices.');
  const record = drive.objects[flipped.firstBlock + 1];
  if (record) record[100] = (record[100] ?? 0) ^ 1;
  const bad = unreadable.firstBlock + 1;
  drive.failRead = (block) => (block === bad ? MemoryDrive.mediumError(block) : undefined);
  const absent = { ...unreadable, slice: 99, firstBlock: 10_000 };
  const mixedUp = { ...unreadable, slice: 98, firstBlock: slices[3]?.firstBlock ?? 0 };
  const told: number[] = [];
  const result = await restoreSlices(drive, {
    tapeUuid,
    slices: [...slices, absent, mixedUp],
    sink: nowhere,
    onRestored: ({ slice }) => told.push(slice),
  });
  const reasonOf = (wanted: SliceLocation): string | undefined =>
    result.failed.find(({ slice }) => slice === wanted)?.reason;
  expect(reasonOf(flipped)).toMatch(/differs from its SHA-256/);
  expect(reasonOf(unreadable)).toMatch(/MEDIUM ERROR/);
  expect(reasonOf(absent)).toMatch(/BLANK CHECK/);
  expect(reasonOf(mixedUp)).toMatch(/another slice|ustar/);
  expect(result.failed.length + result.restored.length).toBe(slices.length + 2);
  expect(result.restored.length).toBe(slices.length - 2);
  expect(told.length).toBe(result.restored.length);
  expect(result.failed.filter(({ slice }) => slice.fileUuid === files[1]?.fileUuid).length).toBe(3);
});

test('a drive that fails ends the pass, with everything left named', async () => {
  const { drive, slices, tapeUuid } = await written([5000 * KiB]);
  const gone = (slices[3]?.firstBlock ?? 0) + 1;
  drive.failRead = (block) => (block >= gone ? new Error('The drive does not answer.') : undefined);
  const result = await restoreSlices(drive, { tapeUuid, slices, sink: nowhere });
  expect(result.restored.map(({ slice }) => slice)).toEqual([0, 1, 2]);
  expect(result.failed.length).toBe(slices.length - 3);
  expect(result.failed.at(-1)?.reason).toBe('Not read, because the drive failed: The drive does not answer.');
});

test('a sink that fails and a cancel end the restore with their own error', async () => {
  const { drive, slices, tapeUuid } = await written([5000 * KiB]);
  const full = { write: () => Promise.reject(new Error('ENOSPC: the repository is full')) };
  await expect(restoreSlices(drive, { tapeUuid, slices, sink: () => full })).rejects.toThrow('ENOSPC');
  const abort = new AbortController();
  const cancelling = {
    write: async () => abort.abort(new Error('cancelled by the administrator')),
  };
  const cancelled = restoreSlices(drive, { tapeUuid, slices, sink: () => cancelling, signal: abort.signal });
  await expect(cancelled).rejects.toThrow('cancelled by the administrator');
  await expect(restoreSlices(drive, { tapeUuid: 'other', slices, sink: nowhere })).rejects.toThrow('is on tape');
});
