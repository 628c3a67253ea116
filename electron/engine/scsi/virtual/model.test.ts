import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScsiError } from '../sense.ts';
import { numberedRecord, temporaryLibrary } from './testing/temporary-library.ts';

/** The same tape as a list: numbers are the seeds of records, F is a filemark. */
class ModelTape {
  objects: (number | 'F')[] = [];
  at = 0;
  write(object: number | 'F'): void {
    this.objects.length = this.at;
    this.objects.push(object);
    this.at += 1;
  }
}

const lengthOf = (seed: number): number => 1 + (seed % 5) * 333;

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      seeds: fc.array(fc.nat(99), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('filemarks' as const),
      count: fc.integer({ min: 0, max: 3 }),
      immediate: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('locate' as const), part: fc.double({ min: 0, max: 1.2, noNaN: true }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('space' as const), count: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('end' as const, 'rewind' as const, 'reload' as const, 'reopen' as const),
    }),
  },
);

test('long random use of a drive agrees with a list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const temporary = await temporaryLibrary();
      try {
        await temporary.loadFirst();
        const model = new ModelTape();
        for (const what of steps) {
          const { drive } = temporary;
          if (what.do === 'write') {
            for (const seed of what.seeds) {
              await drive.writeRecord(numberedRecord(seed, lengthOf(seed)));
              model.write(seed);
            }
          } else if (what.do === 'filemarks') {
            await drive.writeFilemarks(what.count, { immediate: what.immediate });
            for (let i = 0; i < what.count; i++) model.write('F');
          } else if (what.do === 'locate') {
            const block = Math.floor(what.part * (model.objects.length + 1));
            const outcome = await drive.locate(block).catch((error: unknown) => error);
            expect(outcome instanceof ScsiError).toBe(block > model.objects.length);
            model.at = Math.min(block, model.objects.length);
          } else if (what.do === 'space') {
            const marks = model.objects.flatMap((object, at) => (object === 'F' && at >= model.at ? [at] : []));
            const outcome = await drive.spaceFilemarks(what.count).catch((error: unknown) => error);
            expect(outcome instanceof ScsiError).toBe(marks.length < what.count);
            if (what.count > 0) model.at = (marks[what.count - 1] ?? model.objects.length - 1) + 1;
          } else if (what.do === 'read') {
            await readAndCompare(temporary.drive, model, what.count);
          } else if (what.do === 'end') {
            await drive.spaceToEndOfData();
            model.at = model.objects.length;
          } else {
            if (what.do === 'reload') await drive.unload();
            if (what.do === 'reopen') await temporary.reopen();
            if (what.do === 'rewind') await drive.rewind();
            else await temporary.drive.load();
            model.at = 0;
          }
          const file = model.objects.slice(0, model.at).filter((object) => object === 'F').length;
          expect(await temporary.drive.position()).toMatchObject({ block: model.at, file, bop: model.at === 0 });
        }
      } finally {
        await temporary.close();
      }
    }),
    { numRuns: 25 },
  );
});

async function readAndCompare(
  drive: Awaited<ReturnType<typeof temporaryLibrary>>['drive'],
  model: ModelTape,
  count: number,
): Promise<void> {
  const buffer = Buffer.alloc(2000);
  for (let i = 0; i < count; i++) {
    const object = model.objects[model.at];
    const read = await drive.readRecord(buffer);
    if (object === undefined) {
      expect(read.kind).toBe(model.at === 0 ? 'blank' : 'end-of-data');
      continue;
    }
    model.at += 1;
    if (object === 'F') {
      expect(read).toEqual({ kind: 'filemark' });
      continue;
    }
    expect(read).toEqual({ kind: 'record', length: lengthOf(object) });
    expect(buffer.subarray(0, lengthOf(object)).equals(numberedRecord(object, lengthOf(object)))).toBe(true);
  }
}
