import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Database } from '../database/database.ts';
import { TestClock } from '../faults/clock.ts';
import { traceFaultPoints } from '../faults/fault-points.ts';
import { ChangesInMemory } from './changes.ts';
import { OperationError } from '../errors.ts';
import { LocksInMemory } from './locks.ts';
import { type SessionStore, SqlSessionStore } from './session-store.ts';
import { Sessions, type SessionUpdate } from './sessions.ts';

let database: Database;
let sessions: Sessions;
let store: SessionStore;
const clock = new TestClock(1_000_000);

beforeEach(() => {
  database = new Database(':memory:');
  store = new SqlSessionStore(database);
  sessions = new Sessions(store, clock, new ChangesInMemory(0));
});
afterEach(() => database.close());

const what = { kind: 'backup' as const, name: 'Nightly', who: 'test' };

test('a run leaves its outcome, tasks and log behind', async () => {
  const session = sessions.start(what, async (running) => {
    const task = running.addTask('web-01', 100);
    task.start();
    task.progress({ processedBytes: 40, readBytes: 40, transferredBytes: 10 });
    task.log('info', 'half way');
    task.finish('done');
    const other = running.addTask('db-01', 50);
    other.start();
    other.finish('partial', 'one disk was busy');
  });
  const record = await sessions.ended(session.id);
  expect(record).toMatchObject({ result: 'warning', reason: 'one disk was busy', state: 'idle', processedBytes: 40 });
  expect(store.tasks(session.id).map((task) => [task.name, task.outcome])).toEqual([
    ['web-01', 'done'],
    ['db-01', 'partial'],
  ]);
  expect(store.log(session.id).map((line) => line.text)).toEqual(['half way']);
});

test('a warning leaves its task done with warnings, and the session with one; what only had to be waited for does not', async () => {
  const warned = sessions.start(what, async (running) => {
    const task = running.addTask('web-01');
    task.start();
    task.log('warning', 'A new full is made: encryption was switched.');
    task.finish('done');
  });
  const reason = 'A new full is made: encryption was switched.';
  expect(await sessions.ended(warned.id)).toMatchObject({ result: 'warning', reason });
  expect(store.tasks(warned.id)[0]).toMatchObject({ outcome: 'done-with-warnings', reason });
  const besides = sessions.start(what, async (running) => {
    running.addTask('web-01').finish('nothing-new');
    running.log('warning', 'The tape could not be put back.');
  });
  expect(await sessions.ended(besides.id)).toMatchObject({
    result: 'warning',
    reason: 'The tape could not be put back.',
  });
  const waited = sessions.start(what, async (running) => {
    const task = running.addTask('web-01');
    task.log('warning', 'Waiting for a tape.', { isPassing: true });
    running.log('warning', 'Waiting: a door is open.', { isPassing: true });
    task.finish('done');
  });
  expect(await sessions.ended(waited.id)).toMatchObject({ result: 'success', reason: null });
});

test('a session is as bad as its worst part: stopped after a machine had failed, it has failed', async () => {
  const session = sessions.start(what, async (running) => {
    running.addTask('web-01').finish('cannot', 'its disk is gone');
    running.addTask('db-01').start();
    running.abort.abort(new OperationError('Stopped by request.'));
    running.signal.throwIfAborted();
  });
  expect(await sessions.ended(session.id)).toMatchObject({ result: 'failed', reason: 'its disk is gone' });
  expect(store.tasks(session.id).map((task) => task.outcome)).toEqual(['cannot', 'cancelled']);
});

test('a run begins when its row is durable, and has ended when that is: one flush each, with what its job notes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reelvault-sessions-'));
  const onDisk = new Database(join(folder, 'test.db'));
  const order: string[] = [];
  traceFaultPoints((site, when) => {
    if (site === 'database.log-flush') order.push('flush');
    if (site === 'step.database.flush' && when === 'after') order.push('durable');
  });
  try {
    const note = (object: string): void => {
      onDisk.later((work) => onDisk.insert(work, 'audit', { at: 0, who: 'job', action: 'run', object }));
      order.push(object);
    };
    const mine = new Sessions(new SqlSessionStore(onDisk), clock, new ChangesInMemory(0));
    const session = mine.start(
      what,
      async () => void order.push('run'),
      () => note('end noted'),
    );
    note('begin noted');
    expect(await mine.ended(session.id)).toMatchObject({ result: 'success' });
    expect(order).toEqual(['begin noted', 'flush', 'durable', 'run', 'end noted', 'flush', 'durable']);
  } finally {
    traceFaultPoints(undefined);
    onDisk.close();
    rmSync(folder, { recursive: true });
  }
});

test('what goes wrong is the reason, with what to do about it in the log', async () => {
  const session = sessions.start(what, async () => {
    throw new OperationError('The repository is full.', 'Free some space.');
  });
  expect(await sessions.ended(session.id)).toMatchObject({ result: 'failed', reason: 'The repository is full.' });
  expect(store.log(session.id)).toMatchObject([{ level: 'error', advice: 'Free some space.' }]);
});

test('cancel stops the run, its open tasks end as stopped', async () => {
  const session = sessions.start(what, async (running) => {
    running.addTask('web-01', 10).start();
    await clock.sleep(3_600_000, running.signal);
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(sessions.cancel(session.id)).toBe(true);
  expect(await sessions.ended(session.id)).toMatchObject({ result: 'stopped', state: 'idle' });
  expect(store.tasks(session.id)).toMatchObject([{ outcome: 'cancelled', state: 'done' }]);
  expect(sessions.cancel(session.id)).toBe(false);
});

test('a follower gets a snapshot, then every log line and the end', async () => {
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const session = sessions.start(what, async (running) => {
    running.log('info', 'before');
    await gate;
    for (let index = 0; index < 50; index += 1) running.log('info', `line ${index}`);
  });
  await new Promise((resolve) => setImmediate(resolve));
  const updates: SessionUpdate[] = [];
  const following = (async () => {
    for await (const update of sessions.follow(session.id)) updates.push(update);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  go();
  await following;
  expect(updates[0]).toMatchObject({ type: 'snapshot', log: [{ text: 'before' }] });
  const lines = updates.slice(1).flatMap((update) => update.log ?? []);
  expect(lines.map((line) => line.text)).toEqual(Array.from({ length: 50 }, (_, index) => `line ${index}`));
  expect(updates.at(-1)?.session).toMatchObject({ result: 'success', state: 'idle' });
});

test('a follower between two updates learns of the end at once, and leaves at once when it is sent away', async () => {
  // No pause ever ends by itself here.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const gate = Promise.withResolvers<void>();
    const session = sessions.start(what, () => gate.promise);
    const sentAway = new AbortController();
    const followed = [undefined, sentAway.signal].map(async (signal) => {
      const updates: SessionUpdate[] = [];
      for await (const update of sessions.follow(session.id, signal)) updates.push(update);
      return updates;
    });
    await new Promise((resolve) => setImmediate(resolve));
    session.log('info', 'half way');
    await new Promise((resolve) => setImmediate(resolve));
    sentAway.abort();
    expect((await followed[1])?.at(-1)).toMatchObject({ type: 'delta', log: [{ text: 'half way' }] });
    gate.resolve();
    expect((await followed[0])?.at(-1)).toMatchObject({ log: [{ text: 'half way' }], session: { result: 'success' } });
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('sessions that a dead engine left open are closed as interrupted', () => {
  database.now((work) =>
    database.insert(work, 'sessions', {
      id: 'old',
      kind: 'backup',
      name: 'Nightly',
      who: 'test',
      state: 'working',
      started_at: 5,
      progress_json: '{}',
    }),
  );
  expect(sessions.closeInterrupted().map((session) => session.id)).toEqual(['old']);
  expect(store.get('old')).toMatchObject({ result: 'failed', reason: 'interrupted', state: 'idle' });
  expect(sessions.closeInterrupted()).toEqual([]);
});

test('closing stops what runs and takes nothing new', async () => {
  const session = sessions.start(what, (running) => clock.sleep(3_600_000, running.signal));
  await sessions.close(1000);
  expect(store.get(session.id)?.result).toBe('stopped');
  expect(() => sessions.start(what, async () => {})).toThrow('closing');
});

test('lists hear of every state: a session that begins to wait is shown as waiting', async () => {
  const heard: number[] = [];
  const told = new ChangesInMemory(0);
  const watched = new Sessions(store, clock, told);
  const stop = new AbortController();
  const following = (async () => {
    for await (const change of told.follow(undefined, stop.signal)) heard.push(change.seq);
  })();
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  let goOn = (): void => {};
  const session = watched.start(what, async (running) => {
    await settle();
    running.setState('waiting-tape', 'bring one');
    running.setState('waiting-tape', 'bring that one');
    await new Promise<void>((resolve) => (goOn = resolve));
  });
  for (let turn = 0; turn < 6; turn += 1) await settle();
  expect(session.record.state).toBe('waiting-tape');
  // From the beginning: started, working, waiting; a new text alone is no news for a list.
  expect(heard.at(-1)).toBe(3);
  goOn();
  await watched.close(1000);
  stop.abort();
  told.close();
  await following;
  // Stopping, and ended.
  expect(heard.at(-1)).toBe(5);
});

test('a running session keeps its leases; one whose heartbeat stopped has failed, says so, and what it held is free', async () => {
  const time = new TestClock(0);
  const locks = new LocksInMemory(time);
  const folder = [{ key: 'folder:1:erp-01', mode: 'exclusive' as const }];
  const start = (of: Sessions) =>
    of.start(what, async (session) => {
      await locks.acquire(folder, session.owner, session.signal);
      await time.sleep(3_600_000, session.signal);
      locks.close();
    });
  const alive = new Sessions(store, time, new ChangesInMemory(0), locks);
  const kept = start(alive);
  await time.advance(0);
  await time.advance(600_000);
  expect(locks.holders('folder:1:erp-01')).toEqual(['Nightly']);
  alive.cancel(kept.id);
  await alive.ended(kept.id);

  // Nothing tells these locks that the session is there; the one before has ended without giving back what it held.
  const silent = new Sessions(store, time, new ChangesInMemory(0));
  const lost = start(silent);
  await time.advance(600_000);
  const record = await silent.ended(lost.id);
  expect(record).toMatchObject({ result: 'failed' });
  expect(record?.reason).toMatch(/^“Nightly” gave no sign of life for \d+ seconds/);
  expect(store.log(lost.id).at(-1)?.advice).toContain('Run it again');
});
