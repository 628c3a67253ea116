import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examine } from '../faults/power-loss/examine.ts';
import { whyNotWatched } from '../faults/power-loss/system-calls.ts';
import { Database } from './database.ts';
import { migrations } from './migrations.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelvault-rows-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const why = whyNotWatched();

test.skipIf(why !== undefined)(
  `a database that loses power has what it promised, and no more (${why ?? 'strace'})`,
  async () => {
    const rowCount = 40;
    await examine({
      what: 'Database',
      folder,
      program: join(import.meta.dirname, 'testing', 'row-script.ts'),
      args: [join(folder, 'test.db'), String(rowCount)],
      sampleStride: 8,
      fewest: 21,
      async check(state, said) {
        // The index of the log is shared memory: what a crash leaves of it is thrown away.
        await rm(join(state, 'test.db-shm'), { force: true });
        const last = said.findLast((line) => line.startsWith('committed'))?.match(/(\d+), (\d+)/);
        const [promised, promisedLazy] = [Number(last?.[1] ?? 0), Number(last?.[2] ?? 0)];
        const database = new Database(join(state, 'test.db'));
        try {
          expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
          expect(database.get('PRAGMA user_version')).toEqual({ user_version: migrations.length });
          const rows = (action: string): number[] =>
            database
              .all<{ at: number }>('SELECT at FROM audit WHERE action = ? ORDER BY id', action)
              .map(({ at }) => at);
          const found = rows('row');
          expect(found.length).toBeGreaterThanOrEqual(promised);
          expect(found).toEqual(found.map((_, index) => index));
          // One row or three at a time: transactions are there wholly or not at all.
          expect([0, 1]).toContain(found.length % 4);
          expect(found.length).toBeLessThanOrEqual(promised + 3);
          // A lazy row is promised by whatever is committed after it; one more may have been begun.
          const lazy = rows('lazy');
          expect(lazy).toEqual(lazy.map((_, index) => index));
          expect(lazy.length).toBeGreaterThanOrEqual(promisedLazy);
          expect(lazy.length).toBeLessThanOrEqual(promisedLazy + 2);
        } finally {
          database.close();
        }
      },
    });
  },
);
