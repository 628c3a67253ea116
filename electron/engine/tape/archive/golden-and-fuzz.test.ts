import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CatalogueDecoder } from './catalogue-lines.ts';
import { type SliceLocation, type TapeCatalogue, tapeStateOf } from './documents.ts';
import { DocumentError } from './fields.ts';
import { readTapeLabel } from './label.ts';
import { positionForAppend } from './position-for-append.ts';
import { catalogueTape, readPreviousCatalogues } from './scan.ts';
import { restoreSlices } from './tape-reader.ts';
import { MemoryDrive, type TapeObject } from './testing/memory-drive.ts';
import { sampleBytes } from './testing/sample-session.ts';

const golden = new URL('testing/golden/', import.meta.url);
const image = gunzipSync(readFileSync(new URL('tape-v1.tap.gz', golden)));
const catalogue = JSON.parse(readFileSync(new URL('tape-v1.catalogue.json', golden), 'utf8')) as TapeCatalogue;
const tapeUuid = catalogue.tape.uuid;
const points = catalogue.sessions.flatMap((session) => session.points);
const slices = points.flatMap((point) => point.slices).filter((slice) => slice.tapeUuid === tapeUuid);
const contents: Record<string, Uint8Array> = { alpha: sampleBytes(5000, 8), beta: sampleBytes(1000, 7) };

function goldenTape(): MemoryDrive {
  const drive = new MemoryDrive();
  for (let at = 0; at < image.length; ) {
    const length = image.readUInt32LE(at);
    drive.objects.push(length === 0 ? null : image.subarray(at + 4, at + 4 + length));
    at += length === 0 ? 4 : length + 8;
  }
  return drive;
}

async function restore(
  drive: MemoryDrive,
  wanted: readonly SliceLocation[],
): Promise<{ wrong: number; failed: number }> {
  const written = new Map<string, Uint8Array>();
  const { restored, failed } = await restoreSlices(drive, {
    tapeUuid,
    slices: wanted,
    ringBytes: 4 * 1024 * 1024,
    sink: (fileUuid) => ({
      write: async (buffer, position) => void written.set(`${fileUuid} ${position}`, Uint8Array.from(buffer)),
    }),
  });
  let wrong = 0;
  for (const slice of restored) {
    const name = points.find(({ fileUuid }) => fileUuid === slice.fileUuid)?.machine.name ?? '';
    const expected = contents[name]?.subarray(slice.offset, slice.offset + slice.lengthBytes);
    if (!expected || Buffer.compare(written.get(`${slice.fileUuid} ${slice.offset}`) ?? Buffer.of(), expected) !== 0)
      wrong += 1;
  }
  return { wrong, failed: failed.length };
}

test('a tape of format version 1 reads today as it did when it was written', async () => {
  const drive = goldenTape();
  const label = await readTapeLabel(drive);
  expect(label).toMatchObject({ kind: 'ours', label: { uuid: tapeUuid, barcode: 'RV0002L8' }, set: { sequence: 2 } });
  expect(await catalogueTape(drive)).toEqual(catalogue);
  expect(await catalogueTape(drive, { method: 'scan' })).toEqual(catalogue);
  expect((await readPreviousCatalogues(drive)).map(({ tape }) => tape.barcode)).toEqual(['RV0001L8']);
  expect(slices.length).toBe(3);
  expect(await restore(drive, slices)).toEqual({ wrong: 0, failed: 0 });
  expect(await positionForAppend(drive, tapeStateOf(catalogue))).toMatchObject({ ok: false, reason: /closed/ });
});

type Damage = (objects: TapeObject[]) => void;

const index = fc.nat(17);
const damages: fc.Arbitrary<Damage> = fc.oneof(
  // The first blocks of a record hold headers and documents, the rest is mostly padding.
  fc
    .tuple(index, fc.nat(4095), fc.integer({ min: 1, max: 255 }))
    .map(([object, at, change]) => (objects: TapeObject[]) => {
      const bytes = objects[object];
      if (bytes) objects[object] = bytes.map((byte, index) => (index === at ? byte ^ change : byte));
    }),
  fc.tuple(index, fc.nat(10)).map(([object, blocks]) => (objects: TapeObject[]) => {
    const bytes = objects[object];
    if (bytes) objects[object] = bytes.subarray(0, 512 * (blocks + 1));
  }),
  index.map((object) => (objects: TapeObject[]) => void objects.splice(object, 1)),
  index.map((object) => (objects: TapeObject[]) => void objects.splice(object, objects.length)),
  fc.tuple(index, index).map(
    ([from, to]) =>
      (objects: TapeObject[]) =>
        void objects.splice(to, 0, objects[from] ?? null),
  ),
  fc.tuple(index, index).map(([a, b]) => (objects: TapeObject[]) => {
    [objects[a], objects[b]] = [objects[b] ?? null, objects[a] ?? null];
  }),
);

test('however a tape is damaged, reading it ends, names what is wrong and never passes wrong data as right', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(damages, { minLength: 1, maxLength: 3 }), async (several) => {
      const drive = goldenTape();
      for (const damage of several) damage(drive.objects);
      await readTapeLabel(drive);
      await readPreviousCatalogues(drive).catch(expectDocumentError);
      for (const method of ['quick', 'scan'] as const) {
        const found = await catalogueTape(drive, { method }).catch(expectDocumentError);
        for (const point of found?.sessions.flatMap((session) => session.points) ?? []) {
          const known = points.find(({ uuid }) => uuid === point.uuid);
          expect(known && { ...point, machine: known.machine }).toEqual(known);
        }
      }
      await positionForAppend(drive, tapeStateOf(catalogue)).catch(expectDocumentError);
      expect((await restore(drive, slices)).wrong).toBe(0);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 60) },
  );
}, 60_000);

function expectDocumentError(error: unknown): undefined {
  expect(error).toBeInstanceOf(DocumentError);
  return undefined;
}

test('a record that cannot be read costs the slices in it and nothing else', async () => {
  for (const slice of slices) {
    const drive = goldenTape();
    drive.failRead = (block) => (block === slice.firstBlock ? MemoryDrive.mediumError(block) : undefined);
    const lost = slices.filter(({ firstBlock }) => firstBlock === slice.firstBlock).length;
    expect(await restore(drive, slices)).toEqual({ wrong: 0, failed: lost });
  }
});

test('catalogue lines of any kind are decoded or refused, never believed half', () => {
  const point = { ...points[1], slices: undefined, createdAt: '2026-01-02T03:04:05Z' };
  const good = [
    { line: 'session', uuid: 's', jobName: 'j', startedAt: '2026-01-01T00:00:00Z', endedAt: null },
    { line: 'point', point },
    { line: 'end', lines: 3 },
  ];
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.constantFrom(...good),
          fc.json().map((text) => text),
        ),
        { maxLength: 6 },
      ),
      (lines) => {
        const decoder = new CatalogueDecoder();
        expect(() => {
          for (const line of lines) decoder.line(Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)));
          decoder.finish();
        }).toThrow(DocumentError);
      },
    ),
  );
});
