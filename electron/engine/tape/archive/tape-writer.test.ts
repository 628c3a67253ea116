import { createHash, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { TapeState } from './documents.ts';
import { readTapeLabel } from './label.ts';
import { positionForAppend } from './position-for-append.ts';
import { catalogueTape } from './scan.ts';
import { startTape } from './start-tape.ts';
import { restoreSlices } from './tape-reader.ts';
import { SessionWriter } from './tape-writer.ts';
import { MemoryDrive } from './testing/memory-drive.ts';
import { type SampleFile, sampleFile, sampleIdentity, samplePoint, sampleSet } from './testing/sample-session.ts';

const KiB = 1024;

async function newTape(): Promise<{ drive: MemoryDrive; tape: TapeState }> {
  const drive = new MemoryDrive();
  const tape = await startTape(drive, { identity: sampleIdentity(), set: sampleSet(), previousCatalogues: [] });
  return { drive, tape };
}

function writer(drive: MemoryDrive, tape: TapeState, more: object = {}): SessionWriter {
  return new SessionWriter({
    drive,
    tape,
    session: { uuid: randomUUID(), jobName: 'Nightly to tape', startedAt: Date.UTC(2026, 0, 2) },
    sliceBytes: 300 * KiB,
    dataFileBytes: 1000 * KiB,
    ringBytes: 4096 * KiB,
    ...more,
  });
}

async function writeWhole(session: SessionWriter, file: SampleFile): Promise<void> {
  const done = await session.writeFile(file);
  if (done.status !== 'done') throw new Error(`Unexpected: ${done.status}`);
  await session.commitPoint(samplePoint(file, done.slices, done.sha256));
}

test('what was written is catalogued from the tape alone and restored byte for byte', async () => {
  const { drive, tape } = await newTape();
  const files = [sampleFile('alpha', 2500 * KiB + 17, 1), sampleFile('beta', 10, 2), sampleFile('empty', 0, 3)];
  const session = writer(drive, tape);
  for (const file of files) await writeWhole(session, file);
  const end = await session.finish();
  expect(end.committedPoints).toEqual(files.map((file) => file.pointUuid));
  expect(drive.flushedTo).toBe(drive.objects.length);
  expect(end.tape.endBlock).toBe(drive.objects.length);

  for (const method of ['quick', 'scan'] as const) {
    const catalogue = await catalogueTape(drive, { method });
    expect(catalogue).toEqual(end.catalogue);
  }
  const restored = new Map(files.map((file) => [file.fileUuid, new Uint8Array(file.bytes.length)]));
  const slices = end.catalogue.sessions.flatMap(({ points }) => points.flatMap((point) => point.slices)).reverse();
  const result = await restoreSlices(drive, {
    tapeUuid: tape.identity.uuid,
    slices,
    sink: (fileUuid) => ({
      write: async (buffer, position) => restored.get(fileUuid)?.set(buffer, position),
    }),
  });
  expect(result.failed).toEqual([]);
  expect(result.restored.length).toBe(11);
  for (const file of files) expect(restored.get(file.fileUuid)).toEqual(file.bytes);
  expect(end.catalogue.sessions[0]?.points[0]?.file.sha256).toBe(
    createHash('sha256')
      .update(files[0]?.bytes ?? '')
      .digest('hex'),
  );
});

test('a second session is appended behind the first, and the catalogue has both', async () => {
  const { drive, tape } = await newTape();
  const first = writer(drive, tape);
  await writeWhole(first, sampleFile('alpha', 700 * KiB, 1));
  const { tape: afterFirst } = await first.finish();
  expect(await positionForAppend(drive, afterFirst)).toEqual({ ok: true });
  const second = writer(drive, afterFirst);
  await writeWhole(second, sampleFile('beta', 700 * KiB, 2));
  const end = await second.finish();
  const quick = await catalogueTape(drive);
  expect(quick.sessions.map(({ points }) => points.map(({ machine }) => machine.name))).toEqual([['alpha'], ['beta']]);
  expect(await catalogueTape(drive, { method: 'scan' })).toEqual(quick);
  expect(quick.endBlock).toBe(end.tape.endBlock);
  const label = await readTapeLabel(drive);
  expect(label.kind === 'ours' && label.set?.sequence).toBe(1);
});
