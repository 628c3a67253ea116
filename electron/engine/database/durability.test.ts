import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { armFaults, traceFaultPoints } from '../faults/fault-points.ts';
import { Database } from './database.ts';
import type { UnitOfWork } from './unit-of-work.ts';

let folder: string;
let path: string;
let database: Database;
let flushes: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelvault-durability-'));
  path = join(folder, 'test.db');
  database = new Database(path, { workerBytes: 64 * 1024, ownBytes: 2 ** 20 });
  flushes = 0;
  traceFaultPoints((site) => {
    if (site === 'database.log-flush') flushes += 1;
  });
});
afterEach(() => {
  traceFaultPoints(undefined);
  rmSync(folder, { recursive: true });
});

const insert = (work: UnitOfWork, object: string): number =>
  database.insert(work, 'audit', { at: 0, who: 'x', action: 'y', object });
const insertNow = (object: string): number => database.now((work) => insert(work, object));
const rows = (): number => Number(database.get<{ n: number }>('SELECT count(*) AS n FROM audit')?.n);
const log = (): { log: number; checkpointed: number } =>
  database.get('PRAGMA wal_checkpoint(NOOP)') as { log: number; checkpointed: number };

test('many that wait share one flush, and one that comes while it is under way gets the next', async () => {
  const first = database.durably((work) => insert(work, 'first'));
  const others = Array.from({ length: 20 }, (_, index) => database.durably((work) => insert(work, `${index}`)));
  await Promise.all([first, ...others]);
  expect(flushes).toBe(2);
  await database.flushed();
  expect(flushes).toBe(2);
  database.close();
});

test('what was only lazy is flushed with what is awaited; what is not is not', async () => {
  database.lazily((work) => insert(work, 'lazy'));
  await database.flushed();
  expect(flushes).toBe(0);
  database.later((work) => insert(work, 'later'));
  expect(flushes).toBe(0);
  await database.flushed();
  expect(flushes).toBe(1);
  insertNow('now');
  expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  await database.flushed();
  expect(flushes).toBe(1);
  database.close();
});

test('a transaction that fails is told, leaves nothing, and the next commits are flushed as they are made again', async () => {
  const failing = database.durably((work) => {
    insert(work, 'never');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(rows()).toBe(0);
  insertNow('now');
  expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  await database.flushed();
  expect(flushes).toBe(0);
  database.close();
});

test('an answer waits for what its handler committed for later, and for nothing else', async () => {
  expect(await database.answered(() => rows())).toBe(0);
  expect(await database.answered(() => database.later(() => rows()))).toBe(0);
  expect(flushes).toBe(0);
  expect(await database.answered(() => database.later((work) => insert(work, 'sync')))).toBe(1);
  expect(flushes).toBe(1);
  const refused = database.answered(() => {
    database.later((work) => insert(work, 'then refused'));
    throw new Error('refused');
  });
  await expect(refused).rejects.toThrow('refused');
  expect(flushes).toBe(2);
  await database.answered(async () => {
    await Promise.resolve();
    insertNow('durable as it is made');
    database.lazily((work) => insert(work, 'lazy'));
  });
  expect(flushes).toBe(2);
  await database.answered(async () => {
    await Promise.resolve();
    database.later((work) => insert(work, 'later'));
  });
  expect(flushes).toBe(3);
  database.close();
});

test('a failed flush is told to all that wait, and nothing is written after it', async () => {
  const armed = armFaults([
    { site: 'database.log-flush', when: 'before', nth: 2, effect: { kind: 'error', code: 'EIO' } },
  ]);
  const first = database.durably((work) => insert(work, 'first'));
  const second = [database.durably((work) => insert(work, 'second')), database.flushed()];
  await first;
  for (const waiting of second) await expect(waiting).rejects.toThrow('restart Reelvault');
  expect(armed.unfired()).toEqual([]);
  armed.disarm();
  await expect(database.flushed()).rejects.toThrow('EIO');
  expect(() => insertNow('third')).toThrow('EIO');
  expect(() => database.later((work) => insert(work, 'third'))).toThrow('EIO');
  expect(() => database.lazily((work) => insert(work, 'third'))).toThrow('EIO');
  expect(flushes).toBe(2);
  expect(rows()).toBe(2);
  database.close();
  // The log is not brought into the database from memory that the disk may not have.
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  database = new Database(path);
  expect(rows()).toBe(2);
  database.close();
});

test('who waits when the database closes is served', async () => {
  const waiting = [database.durably((work) => insert(work, 'a')), database.durably((work) => insert(work, 'b'))];
  database.close();
  await Promise.all(waiting);
  expect(flushes).toBe(2);
  await database.flushed();
  expect(existsSync(`${path}-wal`)).toBe(false);
  database = new Database(path);
  expect(rows()).toBe(2);
  database.close();
});

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 1000) throw new Error('It did not come to that.');
    await database.settled(1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a worker brings the log into the database, and the log begins anew', async () => {
  do await database.durably((work) => insert(work, 'x'.repeat(4000)));
  while (log().log < 17);
  const before = log().log;
  await until(() => log().checkpointed === log().log);
  await database.durably((work) => insert(work, 'anew'));
  expect(log().log).toBeLessThan(before);
  database.close();
});

test('a reader that stays keeps the log, commits go on, and the log is brought in once the reader has gone', async () => {
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec('BEGIN');
  expect(reader.prepare('SELECT count(*) AS n FROM audit').get()).toEqual({ n: 0 });
  const kept = log().log;
  // Past the length at which the writing connection helps itself.
  while (log().log < 400) await database.durably((work) => insert(work, 'x'.repeat(16_000)));
  await database.settled(10_000);
  expect(log().checkpointed).toBeLessThanOrEqual(kept);
  expect(reader.prepare('SELECT count(*) AS n FROM audit').get()).toEqual({ n: 0 });
  reader.exec('COMMIT');
  reader.close();
  for (let more = 0; more < 40 && log().log >= 400; more += 1) {
    await database.durably((work) => insert(work, 'x'.repeat(16_000)));
    await database.settled(10_000);
  }
  expect(log().log).toBeLessThan(400);
  database.close();
});

test('a commit while rows are being read is a commit', () => {
  for (let index = 0; index < 5; index += 1) insertNow('x');
  let seen = 0;
  for (const _ of database.iterate('SELECT * FROM audit LIMIT 3')) {
    database.lazily((work) => insert(work, 'meanwhile'));
    seen += 1;
  }
  expect(seen).toBe(3);
  expect(rows()).toBe(8);
  database.close();
});
