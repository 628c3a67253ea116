import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { MessagePortMain } from 'electron';
import { expect, test } from 'vitest';
import type { SessionRow } from '../../shared/contract/sessions.ts';
import { TestClock } from '../engine/faults/clock.ts';
import { type FromEngine, readFromEngine, type ToEngine } from './engine-messages.ts';
import { type EngineChild, EngineSupervisor } from './engine-supervisor.ts';
import { trayText } from './menus.ts';
import { quitQuestion } from './quit-rule.ts';
import { RemoteKeyRing } from './remote-key-ring.ts';
import { RestartDelay } from './restart-delay.ts';
import { openKeyRing, type SafeStoragePart } from './safe-storage-key-ring.ts';
import { noticeOf, SessionWatch } from './session-watch.ts';
import { ShellState } from './shell-state.ts';
import { unpacked } from './unpacked.ts';
import { answerKeyRing } from './key-ring-answers.ts';
import { placeWindow } from './window-place.ts';

/** Stands for a utility process. */
class ChildDouble implements EngineChild<MessagePortMain> {
  readonly told: ToEngine[] = [];
  killed = false;
  #onExit: ((code: number) => void)[] = [];
  #onMessage: ((message: unknown) => void) | undefined;
  postMessage(message: ToEngine): void {
    this.told.push(message);
  }
  on(_event: 'message', listener: (message: unknown) => void): void {
    this.#onMessage = listener;
  }
  once(_event: 'exit', listener: (code: number) => void): void {
    this.#onExit.push(listener);
  }
  kill(): boolean {
    this.killed = true;
    return true;
  }
  exit(code: number): void {
    for (const listener of this.#onExit) listener(code);
  }
  say(message: unknown): void {
    this.#onMessage?.(message);
  }
}

function supervised() {
  const clock = new TestClock(0);
  const children: ChildDouble[] = [];
  const heard: FromEngine[] = [];
  const lost: number[] = [];
  const supervisor = new EngineSupervisor<MessagePortMain>({
    clock,
    fork: () => {
      const child = new ChildDouble();
      children.push(child);
      return child;
    },
    onMessage: (message) => heard.push(message),
    onLost: (_code, restartInMs) => lost.push(restartInMs),
  });
  return { clock, children, heard, lost, supervisor };
}

test('an engine that has gone is started again, with growing pauses while it does not hold', async () => {
  const { clock, children, heard, lost, supervisor } = supervised();
  const port = {} as MessagePortMain;
  expect(supervisor.connect(port)).toBe(false);
  supervisor.start();
  supervisor.start();
  expect(children).toHaveLength(1);
  children[0]?.say({ type: 'ready', secretWarning: null });
  children[0]?.say('nonsense');
  expect(heard).toEqual([{ type: 'ready', secretWarning: null }]);
  expect(supervisor.connect(port)).toBe(true);
  for (const expectedDelay of [1000, 2000, 4000]) {
    children.at(-1)?.exit(70);
    expect(supervisor.isRunning).toBe(false);
    expect(supervisor.connect(port)).toBe(false);
    expect(lost.at(-1)).toBe(expectedDelay);
    await clock.advance(expectedDelay);
    expect(supervisor.isRunning).toBe(true);
  }
  await clock.advance(300_000);
  children.at(-1)?.exit(70);
  expect(lost.at(-1)).toBe(1000);
});

test('stopping asks the engine, kills it when it does not leave, and never starts it again', async () => {
  const calm = supervised();
  calm.supervisor.start();
  const stopped = calm.supervisor.stop(5000);
  expect(calm.children[0]?.told).toEqual([{ type: 'close' }]);
  calm.children[0]?.exit(0);
  await stopped;
  await calm.clock.advance(600_000);
  expect(calm.children).toHaveLength(1);
  expect(calm.children[0]?.killed).toBe(false);

  const stuck = supervised();
  stuck.supervisor.start();
  const killed = stuck.supervisor.stop(5000);
  await stuck.clock.advance(5000);
  await killed;
  expect(stuck.children[0]?.killed).toBe(true);
});

test('an engine that hangs is killed and started again; one that answers, or slept, is not', async () => {
  const { clock, children, supervisor } = supervised();
  supervisor.start();
  const [first] = children;
  for (let minute = 0; minute < 60; minute += 1) {
    await clock.advance(60_000);
    first?.say({ type: 'pong' });
  }
  expect(first?.killed).toBe(false);
  // A computer that slept for a day has asked once at most.
  await clock.advance(15_000);
  first?.say({ type: 'pong' });
  await clock.advance(9 * 15_000);
  expect(first?.killed).toBe(true);
  first?.exit(137);
  await clock.advance(1000);
  expect(children).toHaveLength(2);
  expect(children[1]?.killed).toBe(false);
});

test('messages of another form are not heard', () => {
  for (const message of [null, 'ready', { type: 'ready' }, { type: 'key-ring', id: 1, ask: 'everything', value: '' }]) {
    expect(readFromEngine(message)).toBeUndefined();
  }
  expect(readFromEngine({ type: 'failed', reason: 'no disk', more: 1 })).toEqual({ type: 'failed', reason: 'no disk' });
});

test('pauses grow to a minute', () => {
  const delay = new RestartDelay();
  expect([0, 0, 0, 0, 0, 0, 0, 0].map((ran) => delay.nextMs(ran))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
  ]);
});

const row = (id: string, change: Partial<SessionRow>): SessionRow =>
  ({ id, name: `job ${id}`, state: 'working', result: null, reason: null, stateText: null, ...change }) as SessionRow;

test('sessions: what runs, what has ended since, what began to wait', () => {
  const watch = new SessionWatch();
  expect(watch.update([row('a', {}), row('old', { result: 'failed' })])).toEqual({
    type: 'sessions',
    running: [{ id: 'a', name: 'job a' }],
    ended: [],
    waiting: [],
  });
  const waits = row('b', { state: 'waiting-tape', stateText: 'Insert a tape of pool weekly' });
  const next = watch.update([row('a', { result: 'failed', reason: 'disk is gone' }), waits]);
  expect(next.ended).toEqual([{ id: 'a', name: 'job a', result: 'failed', text: 'disk is gone' }]);
  expect(next.waiting).toHaveLength(1);
  expect(watch.update([waits]).waiting).toEqual([]);
  // Begun and failed between two looks: never seen to run, and told once.
  const brief = row('d', { result: 'failed', reason: 'no disk' });
  expect(watch.update([brief, waits]).ended.map((one) => one.id)).toEqual(['d']);
  expect(watch.update([brief, waits]).ended).toEqual([]);
  expect(next.ended.map(noticeOf)).toEqual([{ title: 'job a failed', body: 'disk is gone' }]);
  expect(next.waiting.map(noticeOf)).toEqual([
    { title: 'job b waits for a tape', body: 'Insert a tape of pool weekly' },
  ]);
  expect(noticeOf({ id: 'c', name: 'c', result: 'success', text: null })).toBeNull();
});

test('quitting asks while something runs, and names it', () => {
  expect(quitQuestion([])).toBeNull();
  const question = quitQuestion([1, 2, 3, 4, 5, 6, 7].map((n) => ({ name: `job ${n}` })));
  expect(question?.message).toBe('7 sessions are running.');
  expect(question?.detail).toContain('• job 5\nand 2 more');
  expect(question?.buttons[0]).toBe('Keep running');
  expect(trayText([{ name: 'nightly' }])).toBe('Reelvault: nightly is running');
});

const screens = [
  { x: 0, y: 0, width: 1920, height: 1040 },
  { x: 1920, y: 0, width: 2560, height: 1400 },
];

test('the window opens where it was, as long as somebody can get hold of it there', () => {
  expect(placeWindow(undefined, screens)).toEqual({ x: 240, y: 70, width: 1440, height: 900, maximized: false });
  const onSecond = { x: 2200, y: 100, width: 1600, height: 1000, maximized: false };
  expect(placeWindow(onSecond, screens)).toEqual(onSecond);
  // The second monitor is gone: the middle of the first, no larger than that.
  const [first] = screens;
  if (!first) throw new Error('no screen');
  expect(placeWindow(onSecond, [first])).toEqual({ x: 160, y: 20, width: 1600, height: 1000, maximized: false });
  expect(placeWindow({ ...onSecond, maximized: true }, [first]).maximized).toBe(true);
  const huge = { x: 0, y: 0, width: 5000, height: 3000, maximized: false };
  expect(placeWindow(huge, [first])).toMatchObject({ x: 0, y: 0, width: 1920, height: 1040 });
  // Half out to the left is a place; a title bar above or below every screen is none.
  expect(placeWindow({ ...onSecond, x: -1400, y: 10 }, screens)).toMatchObject({ x: -1400, y: 10 });
  for (const lost of [{ y: -30 }, { y: 1390 }, { x: -1500, y: 10 }, { x: 4400 }]) {
    expect(placeWindow({ ...onSecond, ...lost }, screens)).toMatchObject({ x: 160, y: 20 });
  }
  // A screen smaller than the smallest window, and none at all.
  expect(placeWindow(undefined, [{ x: 0, y: 0, width: 800, height: 600 }])).toMatchObject({
    x: 0,
    width: 1024,
    height: 700,
  });
  expect(placeWindow(onSecond, [])).toEqual({ width: 1600, height: 1000, maximized: false });
});

test('the shell remembers, and damage is as nothing', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'reelvault-shell-'));
  try {
    const file = path.join(folder, 'state.json');
    const place = { x: 1, y: 2, width: 1200, height: 800, maximized: true };
    new ShellState(file).change({ window: place, theme: 'dark' });
    new ShellState(file).change({ lastFolder: '/backups' });
    expect(new ShellState(file).values).toEqual({ window: place, theme: 'dark', lastFolder: '/backups' });
    writeFileSync(file, JSON.stringify({ window: { ...place, width: 'wide' }, theme: 'pink', lastFolder: '/backups' }));
    expect(new ShellState(file).values.lastFolder).toBe('/backups');
    expect(new ShellState(file).values.window).toBeUndefined();
    writeFileSync(file, '{"window":');
    expect(new ShellState(file).values).toEqual({});
    // A folder that is not there is no reason to fall over.
    const nowhere = new ShellState(path.join(folder, 'gone', 'state.json'));
    nowhere.change({ theme: 'light' });
    expect(nowhere.values.theme).toBe('light');
    expect(readFileSync(file, 'utf8')).toBe('{"window":');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const storage = (change: Partial<SafeStoragePart> = {}): SafeStoragePart => ({
  isAsyncEncryptionAvailable: () => Promise.resolve(true),
  getSelectedStorageBackend: () => 'gnome_libsecret',
  encryptStringAsync: (text) => Promise.resolve(Buffer.from(`sealed ${text}`)),
  decryptStringAsync: (sealed) => Promise.resolve({ result: sealed.toString().slice(7), shouldReEncrypt: false }),
  ...change,
});

test('only a real key ring is trusted with secrets', async () => {
  const refusal = async (change: Partial<SafeStoragePart>, platform: NodeJS.Platform = 'linux', inFile = false) =>
    (await openKeyRing(storage(change), platform, inFile)).refusal;
  expect(await refusal({})).toBeUndefined();
  expect(await refusal({ getSelectedStorageBackend: () => 'basic_text' })).toMatch(/no key ring/);
  expect(await refusal({ getSelectedStorageBackend: () => 'unknown' })).toMatch(/no key ring/);
  expect(await refusal({ getSelectedStorageBackend: () => 'basic_text' }, 'win32')).toBeUndefined();
  expect(await refusal({ isAsyncEncryptionAvailable: () => Promise.resolve(false) })).toMatch(/not available/);
  expect(await refusal({ isAsyncEncryptionAvailable: () => Promise.reject(new Error('no bus')) })).toMatch(/no bus/);
  expect(await refusal({}, 'linux', true)).toMatch(/--secrets-in-file/);
});

test('the engine reaches the key ring through the main process, and waits a minute at most', async () => {
  const clock = new TestClock(0);
  const held = openKeyRing(storage(), 'linux', false);
  const asked: FromEngine[] = [];
  let answers = true;
  const remote: RemoteKeyRing = new RemoteKeyRing((message) => {
    asked.push(message);
    if (message.type !== 'key-ring' || !answers) return;
    void answerKeyRing(held, message).then((answer) => {
      if (answer.type === 'key-ring') remote.answer(answer);
    });
  }, clock);
  const keyRing = await remote.open();
  expect(keyRing.refusal).toBeUndefined();
  const sealed = await keyRing.seal('abc');
  expect(sealed.toString()).toBe('sealed abc');
  expect(await keyRing.unseal(sealed)).toEqual({ text: 'abc', renew: false });
  expect(asked.every((message) => readFromEngine(message) !== undefined)).toBe(true);

  answers = false;
  const late = keyRing.unseal(sealed).catch((error: Error) => error.message);
  await clock.advance(60_000);
  expect(await late).toMatch(/does not answer/);
  const silent = remote.open();
  await clock.advance(60_000);
  expect((await silent).refusal).toMatch(/does not answer/);
  remote.answer({ type: 'key-ring', id: 99, value: 'nobody asked' });

  const broken = openKeyRing(
    storage({ encryptStringAsync: () => Promise.reject(new Error('locked')) }),
    'linux',
    false,
  );
  expect(await answerKeyRing(broken, { type: 'key-ring', id: 7, ask: 'seal', value: 'x' })).toEqual({
    type: 'key-ring',
    id: 7,
    error: 'locked',
  });
});

test('in a package the engine is outside of the archive', () => {
  expect(unpacked('/opt/Reelvault/resources/app.asar/out/desktop')).toBe(
    '/opt/Reelvault/resources/app.asar.unpacked/out/desktop',
  );
  expect(unpacked('C:\\Reelvault\\resources\\app.asar\\out')).toBe('C:\\Reelvault\\resources\\app.asar.unpacked\\out');
  expect(unpacked('/home/me/app.asar-tests/out/desktop')).toBe('/home/me/app.asar-tests/out/desktop');
});
