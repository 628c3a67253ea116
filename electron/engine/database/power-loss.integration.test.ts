import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examine } from '../testing/power-loss/examine.ts';
import { whyNotWatched } from '../testing/power-loss/system-calls.ts';
import { Database } from './database.ts';
import { migrations } from './migrations.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelvault-rows-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Kinds of rows that the script writes, and how many of each in one transaction. */
const kinds = [
  ['single', 1],
  ['three', 3],
  ['lazy', 1],
  ['first', 3],
  ['second', 3],
  ['late', 3],
  ['later', 1],
] as const;

const why = whyNotWatched();

test.skipIf(why !== undefined)(
  `a database that loses power has what it promised, and no more (${why ?? 'strace'})`,
  async () => {
    const restarts = new Set<string>();
    await examine({
      what: 'Database',
      folder,
      program: join(import.meta.dirname, 'testing', 'row-script.ts'),
      args: [join(folder, 'test.db'), '14'],
      sampleStride: 8,
      fewest: 21,
      async check(state, said) {
        // The index of the log is shared memory: what a crash leaves of it is thrown away.
        await rm(join(state, 'test.db-shm'), { force: true });
        const header = (await readFile(join(state, 'test.db-wal')).catch(() => Buffer.alloc(0))).subarray(12, 16);
        if (header.length > 0) restarts.add(header.toString('hex'));
        const promised = new Map(
          said.map((line) => /^committed (\w+) (\d+)$/.exec(line)).map((found) => [found?.[1], Number(found?.[2])]),
        );
        const database = new Database(join(state, 'test.db'));
        try {
          expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
          expect(database.get('PRAGMA user_version')).toEqual({ user_version: migrations.length });
          for (const [kind, atOnce] of kinds) {
            const found = database
              .all<{ at: number }>('SELECT at FROM audit WHERE action = ? ORDER BY id', kind)
              .map(({ at }) => at);
            expect(found).toEqual(found.map((_, index) => index));
            const least = promised.get(kind) ?? 0;
            // One more may have been begun; transactions are there wholly or not at all.
            expect({ kind, rows: found.length }).toEqual({
              kind,
              rows: expect.toBeOneOf([least, least + atOnce]) as number,
            });
          }
        } finally {
          database.close();
        }
      },
    });
    // First number of the log's salt: it counts how often the log has begun anew.
    expect(restarts.size).toBeGreaterThan(2);
  },
);
