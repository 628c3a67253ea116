import { ORPCError } from '@orpc/client';
import { expect, test } from 'vitest';
import type { PointRow } from '../../shared/contract/backups.ts';
import type { LogLine, SessionRow, SessionUpdate, TaskRow } from '../../shared/contract/sessions.ts';
import type { CliContext, EngineClient, Terminal } from './context.ts';
import { confirmed, shellWord } from './confirm.ts';
import { findElement } from './elements.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { failureOf, failureText } from './failures.ts';
import { finders } from './find.ts';
import { endingExitCode, endingText, followSession, progressLine, sessionResult } from './follow.ts';
import { choosePoint } from './points.ts';

const session: SessionRow = {
  id: 's1',
  kind: 'backup',
  name: 'nightly',
  parentId: null,
  jobId: 'j1',
  state: 'working',
  stateText: null,
  result: null,
  reason: null,
  startedAt: 1000,
  endedAt: null,
  taskCount: 1,
  progressPercent: 42.9,
  totalBytes: 3 * 2 ** 30,
  processedBytes: 1.5 * 2 ** 30,
  readBytes: 0,
  transferredBytes: 0,
  readRateBps: 200 * 2 ** 20,
  writeRateBps: 100 * 2 ** 20,
  meanRateBps: 0,
  bottleneck: 'source',
};
const line = (id: number, level: LogLine['level'], text: string, advice: string | null = null): LogLine => ({
  id,
  taskId: null,
  at: 0,
  level,
  text,
  advice,
  durationMs: null,
});
const snapshot: SessionUpdate = {
  type: 'snapshot',
  session,
  tasks: [],
  log: [line(1, 'info', 'begins')],
  throughput: [],
};
const ended = (result: SessionRow['result']): SessionUpdate => ({
  type: 'delta',
  session: { ...session, state: 'idle', result, endedAt: 61_000, reason: result === 'failed' ? 'disk is gone' : null },
  log: [line(2, 'warning', 'slow disk', 'look at it')],
});

interface Said {
  notes: string[];
  progress: (string | undefined)[];
}

function context(
  updates: (signal: AbortSignal | undefined) => AsyncGenerator<SessionUpdate>,
  options: { ownsEngine?: boolean; wait?: boolean; confirm?: string; answer?: string } = {},
) {
  const interrupt = new AbortController();
  const said: Said = { notes: [], progress: [] };
  const cancelled: string[] = [];
  const engine = {
    sessions: {
      follow: (_input: object, { signal }: { signal?: AbortSignal }) => Promise.resolve(updates(signal)),
      get: () => Promise.resolve({ session, tasks: [], log: [], throughput: [] }),
      cancel: ({ id }: { id: string }) => {
        cancelled.push(id);
        return Promise.resolve({ ok: true });
      },
    },
  } as unknown as EngineClient;
  const terminal: Terminal = {
    out: () => {},
    note: (text) => said.notes.push(text),
    progress: (text) => said.progress.push(text),
    ask: () => Promise.resolve(options.answer),
    askSecret: () => Promise.resolve(undefined),
  };
  const global = {
    dataDir: undefined,
    json: false,
    quiet: false,
    wait: options.wait ?? true,
    confirm: options.confirm,
  };
  const cli: CliContext = {
    engine,
    ownsEngine: options.ownsEngine ?? false,
    global,
    cwd: '/',
    signal: interrupt.signal,
    terminal,
  };
  return { cli, interrupt, said, cancelled };
}

test('a session is followed to its end: progress, each log line once, exit code by result', async () => {
  for (const [result, code] of [
    ['success', 0],
    ['warning', 3],
    ['failed', 1],
    ['stopped', 130],
  ] as const) {
    const { cli, said } = context(async function* () {
      yield snapshot;
      yield { ...snapshot, log: [line(1, 'info', 'begins'), line(2, 'warning', 'slow disk', 'look at it')] };
      yield ended(result);
    });
    const lines: string[] = [];
    const ending = await followSession(cli, 's1', (one) => lines.push(one.text));
    expect(lines).toEqual(['begins', 'slow disk']);
    expect(said.progress[0]).toBe('nightly  42 %  1.5 GiB of 3 GiB  200 MiB/s  limited by source');
    expect(said.progress.at(-1)).toBeUndefined();
    expect(endingExitCode(ending)).toBe(code);
    expect(endingText(ending)).toContain(`nightly: ${result} in 1 min`);
    expect(endingText(ending)).toContain('  warning: slow disk\n    look at it');
  }
});

test('Ctrl+C cancels a session of an own engine and waits for its end', async () => {
  const { cli, interrupt, cancelled, said } = context(
    async function* () {
      yield snapshot;
      interrupt.abort();
      yield ended('stopped');
    },
    { ownsEngine: true },
  );
  const ending = await followSession(cli, 's1');
  expect(cancelled).toEqual(['s1']);
  expect(said.notes[0]).toContain('Stopping the session');
  expect(ending).toMatchObject({ left: false, session: { result: 'stopped' } });
});

test('Ctrl+C leaves a session of another program’s engine alone', async () => {
  const { cli, interrupt, cancelled } = context(async function* (signal) {
    yield snapshot;
    interrupt.abort();
    await new Promise((_resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  });
  const result = await sessionResult(cli, 's1');
  expect(cancelled).toEqual([]);
  expect(result.exitCode).toBe(exitCodes.cancelled);
  expect(result.text).toBe('nightly goes on: reelvault session follow s1');
});

test('--no-wait says the session and returns', async () => {
  const { cli } = context(async function* () {}, { wait: false });
  const first = { text: 'Job made.', json: { id: 'j1' } };
  expect(await sessionResult(cli, 's1', first)).toEqual({
    text: 'Job made.\nSession s1 has started: reelvault session follow s1',
    json: { id: 'j1', sessionId: 's1' },
  });
  expect(await sessionResult(cli, null, first)).toEqual(first);
});

test('what a session waits for stands in its progress', () => {
  const waiting = {
    ...session,
    state: 'waiting-tape',
    stateText: 'Insert a tape of pool weekly',
    progressPercent: null,
  } as const;
  expect(progressLine({ ...waiting, totalBytes: 0, readRateBps: 0, writeRateBps: 0, bottleneck: null })).toBe(
    'nightly  Insert a tape of pool weekly',
  );
});

test('tasks are listed with result and reason', () => {
  const task: TaskRow = {
    ...session,
    id: 't1',
    name: 'web01',
    state: 'done',
    outcome: 'cannot',
    reason: 'disk\nis gone',
    startedAt: 0,
    endedAt: 1,
  };
  const failed = { ...session, result: 'failed', reason: 'one machine failed', endedAt: 2000 } as const;
  const text = endingText({ session: failed, tasks: [task], log: [], left: false });
  expect(text).toContain('nightly: failed in 1 s: one machine failed');
  expect(text).toContain('  web01  failed  1.5 GiB  disk is gone');
});

test('what destroys data is confirmed by its name, on the command line or at the terminal', async () => {
  const none = async function* (): AsyncGenerator<SessionUpdate> {};
  const loss = 'This erases RV0001L8.';
  expect(await confirmed(context(none, { confirm: 'RV0001L8' }).cli, 'RV0001L8', loss)).toBe('RV0001L8');
  expect(await confirmed(context(none, { answer: 'RV0001L8' }).cli, 'RV0001L8', loss)).toBe('RV0001L8');
  for (const options of [{}, { answer: 'yes' }, { confirm: 'rv0001l8' }]) {
    const error = await confirmed(context(none, options).cli, 'RV0001L8', loss).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ exitCode: exitCodes.conflict, advice: 'Confirm with --confirm RV0001L8' });
  }
  expect(shellWord("it's mine")).toBe(String.raw`'it'\''s mine'`);
});

test('failures of the contract become words and exit codes', () => {
  const failure = (code: string, data?: object) => failureOf(new ORPCError(code, { message: 'It is so.', data }));
  expect(failure('NOT_FOUND').exitCode).toBe(4);
  expect(failure('CONFLICT').exitCode).toBe(5);
  expect(failure('CONFIRM').exitCode).toBe(5);
  expect(failure('UNAVAILABLE').exitCode).toBe(6);
  expect(failure('INVALID', { field: 'name', advice: 'Choose another.' })).toMatchObject({
    exitCode: 2,
    field: 'name',
  });
  expect(failureText(failure('INVALID', { field: 'name', advice: 'Choose another.' }))).toBe(
    'It is so.\nChoose another.',
  );
  const issues = [{ path: ['settings', 'name'], message: 'Enter a name.' }];
  expect(failureText(failure('BAD_REQUEST', { issues }))).toBe('settings.name: Enter a name.');
  expect(failureOf(new Error('odd'))).toMatchObject({ exitCode: 1, message: 'odd' });
  expect(failureOf(new DOMException('gone', 'AbortError'))).toMatchObject({ exitCode: 6 });
});

test('objects are found by id, name, or name in other capitals; the rest is said', async () => {
  const rows = [
    { id: 'a', name: 'Main', path: '/m' },
    { id: 'b', name: 'twin', path: '/1' },
    { id: 'c', name: 'twin', path: '/2' },
  ];
  // The engine's search looks at names only.
  const list = ({ search, offset }: { search?: string; offset: number }) => {
    const found = rows.filter((row) => search === undefined || row.name.toLowerCase().includes(search.toLowerCase()));
    return Promise.resolve({ rows: found.slice(offset, offset + 2), total: found.length });
  };
  const find = finders({ repositories: { list } } as unknown as EngineClient);
  expect((await find.repository('main')).id).toBe('a');
  expect((await find.repository('c')).id).toBe('c');
  await expect(find.repository('twin')).rejects.toMatchObject({ exitCode: 2, advice: 'Use the id: b, c.' });
  const missing = await find.repository('mian').catch((error: unknown) => error);
  expect(missing).toBeInstanceOf(CliError);
  expect(missing).toMatchObject({ exitCode: 4, message: 'There is no repository "mian".' });
});

test('the newest whole point at a place, at or before a time, the primary one first', () => {
  const point = (id: string, origin: PointRow['origin'], createdAt: number, state: PointRow['state'] = 'complete') =>
    ({ id, origin, createdAt, state }) as PointRow;
  const points = [
    point('copy', 'copy', 30),
    point('primary', 'disk', 30),
    point('old', 'disk', 10),
    point('broken', 'disk', 40, 'corrupt'),
    point('tape', 'tape', 20),
  ];
  expect(choosePoint(points, 'disk', undefined)?.id).toBe('primary');
  expect(choosePoint(points, 'disk', 29)?.id).toBe('old');
  expect(choosePoint(points, 'disk', 9)).toBeUndefined();
  expect(choosePoint(points, 'tape', undefined)?.id).toBe('tape');
});

test('places in a library by barcode, name or address', () => {
  const element = (address: number, name: string, barcode: string | null) => ({ address, name, barcode }) as never;
  const elements = [
    element(1000, 'Slot 1', 'RV0001L8'),
    element(16, 'Mail slot 1', null),
    element(256, 'Drive 1', null),
  ];
  expect(findElement(elements, 'rv0001l8').address).toBe(1000);
  expect(findElement(elements, 'mail  slot 1').address).toBe(16);
  expect(findElement(elements, '256').name).toBe('Drive 1');
  expect(() => findElement(elements, 'slot 9')).toThrow(/no place or tape "slot 9"/);
});
