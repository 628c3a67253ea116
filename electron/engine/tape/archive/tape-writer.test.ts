import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readTapeLabel } from './label.ts';
import { positionForAppend } from './position-for-append.ts';
import { catalogueTape } from './scan.ts';
import { restoreSlices } from './tape-reader.ts';
import { newSampleTape, sampleWriter, writeWhole } from './testing/sample-job.ts';
import { sampleFile } from './testing/sample-session.ts';

const KiB = 1024;

test('what was written is catalogued from the tape alone and restored byte for byte', async () => {
  const { drive, tape } = await newSampleTape();
  const files = [sampleFile('alpha', 2500 * KiB + 17, 1), sampleFile('beta', 10, 2), sampleFile('empty', 0, 3)];
  const session = sampleWriter(drive, tape);
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
  for (const file of files) expect(Buffer.from(restored.get(file.fileUuid) ?? []).equals(file.bytes)).toBe(true);
  expect(end.catalogue.sessions[0]?.points[0]?.file.sha256).toBe(
    createHash('sha256')
      .update(files[0]?.bytes ?? '')
      .digest('hex'),
  );
});

test('a second session is appended behind the first, and the catalogue has both', async () => {
  const { drive, tape } = await newSampleTape();
  const first = sampleWriter(drive, tape);
  await writeWhole(first, sampleFile('alpha', 700 * KiB, 1));
  const { tape: afterFirst } = await first.finish();
  expect(await positionForAppend(drive, afterFirst)).toEqual({ ok: true });
  const second = sampleWriter(drive, afterFirst);
  await writeWhole(second, sampleFile('beta', 700 * KiB, 2));
  const end = await second.finish();
  const quick = await catalogueTape(drive);
  expect(quick.sessions.map(({ points }) => points.map(({ machine }) => machine.name))).toEqual([['alpha'], ['beta']]);
  expect(await catalogueTape(drive, { method: 'scan' })).toEqual(quick);
  expect(quick.endBlock).toBe(end.tape.endBlock);
  const label = await readTapeLabel(drive);
  expect(label.kind === 'ours' && label.set?.sequence).toBe(1);
});
