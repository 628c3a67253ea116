import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { VirtualFault } from '../../scsi/virtual/library.ts';
import type { TapeCatalogue } from './documents.ts';
import { positionForAppend } from './position-for-append.ts';
import { catalogueTape } from './scan.ts';
import { startTape } from './start-tape.ts';
import { checkRestore, type JobTape, runSampleJob, sampleWriter, writeWhole } from './testing/sample-job.ts';
import { sampleFile, sampleSet } from './testing/sample-session.ts';
import { VirtualTapes } from './testing/virtual-tapes.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const sizes = { sliceBytes: 600 * KiB, dataFileBytes: 1200 * KiB };
const files = [
  sampleFile('alpha', 2000 * KiB, 1),
  sampleFile('beta', 100, 2),
  sampleFile('gamma', 1300 * KiB, 3),
  sampleFile('delta', 610 * KiB, 4),
];
let tapes: VirtualTapes;
let loaded = 0;

beforeEach(async () => {
  loaded = 0;
  tapes = await VirtualTapes.create({ tapes: 4, capacityBytes: 64 * MiB, earlyWarningBytes: 8 * MiB });
});

afterEach(async () => {
  await tapes.remove();
});

async function nextTape(catalogues: readonly TapeCatalogue[]): Promise<JobTape> {
  loaded += 1;
  await tapes.load(loaded);
  const barcode = VirtualTapes.barcode(loaded);
  const identity = { uuid: `tape-${barcode}`, barcode, label: barcode, createdAt: Date.now() };
  const set = sampleSet(loaded, catalogues.at(-1)?.tape.uuid);
  return { drive: tapes.drive, tape: await startTape(tapes.drive, { identity, set, previousCatalogues: catalogues }) };
}

const driveFor = async (tapeUuid: string): Promise<JobTape['drive']> => {
  const number = [1, 2, 3, 4].find((one) => tapeUuid.endsWith(VirtualTapes.barcode(one))) ?? 0;
  if (number !== loaded) await tapes.load(number);
  loaded = number;
  return tapes.drive;
};

const writeFaults: VirtualFault[] = [
  'end-of-medium',
  'early-warning',
  'medium-error',
  'deferred-write-error',
  'unit-attention',
  'hardware-error',
];

test.each(writeFaults)('after %s at any of several writes, every point ends up on tape once', async (fault) => {
  for (const nth of [2, 7, 13]) {
    // LABEL and SET take the first two.
    const planned = tapes.library.control.planFault({ site: 'drive.write', fault, nth: nth + 2 });
    const first = loaded;
    const catalogues = await runSampleJob(files, nextTape, { ...sizes, maxTapes: 4 });
    planned.cancel();
    expect([nth, planned.fired()]).toEqual([nth, true]);
    expect([nth, await checkRestore(catalogues, files, driveFor)]).toEqual([nth, []]);
    for (const expected of catalogues) {
      const found = await catalogueTape(await driveFor(expected.tape.uuid));
      expect([nth, found.endBlock]).toEqual([nth, expected.endBlock]);
    }
    loaded = first;
  }
});

test('a damaged record on a cartridge costs the slices in it; the others of the point are restored', async () => {
  const [catalogue] = await runSampleJob(files, nextTape, sizes);
  if (!catalogue) throw new Error('Nothing was written.');
  const [first] = catalogue.sessions[0]?.points[0]?.slices ?? [];
  await tapes.unload();
  await tapes.library.control.damageRecord(VirtualTapes.barcode(1), (first?.firstBlock ?? 0) + 1);
  loaded = 0;
  const wrong = await checkRestore([catalogue], files, driveFor);
  expect(wrong.filter((text) => text.startsWith('slice')).length).toBe(1);
  expect(wrong.filter((text) => text.endsWith('differs'))).toEqual(['alpha differs']);
});

test('a tape that was changed behind our back is not appended to', async () => {
  const { tape } = await nextTape([]);
  const session = sampleWriter(tapes.drive, tape);
  await writeWhole(session, sampleFile('alpha', 500 * KiB, 1));
  const { tape: known } = await session.finish();
  expect(await positionForAppend(tapes.drive, known)).toEqual({ ok: true });

  await tapes.drive.locate(known.endBlock - 1);
  await tapes.drive.writeRecord(Buffer.alloc(512, 'something else'));
  await tapes.drive.writeFilemarks(2, { immediate: false });
  expect(await positionForAppend(tapes.drive, known)).toMatchObject({
    ok: false,
    reason: /something else has written/,
  });
  await tapes.drive.locate(3);
  await tapes.drive.writeFilemarks(1, { immediate: false });
  expect(await positionForAppend(tapes.drive, known)).toMatchObject({ ok: false, reason: /data is missing/ });

  const other = { uuid: randomUUID(), barcode: VirtualTapes.barcode(1), label: 'another', createdAt: 0 };
  await startTape(tapes.drive, { identity: other, set: sampleSet(), previousCatalogues: [] });
  expect(await positionForAppend(tapes.drive, known)).toMatchObject({ ok: false, reason: /found tape RV0001L8/ });
  await tapes.drive.rewind();
  await tapes.drive.erase();
  expect(await positionForAppend(tapes.drive, known)).toMatchObject({ ok: false, reason: /blank tape/ });
});
