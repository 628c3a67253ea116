import type { App } from 'electron';
import { expect, test, vi } from 'vitest';
import { engineNotices } from './engine-notices.ts';
import type { FromEngine } from './engine-messages.ts';
import { keepAwake } from './keep-awake.ts';
import { keyRingAnswers } from './key-ring-answers.ts';
import type { Notice } from './notifications.ts';
import { Quitting } from './quitting.ts';
import { RunningSessions } from './running-sessions.ts';
import { theme } from './theme.ts';

const sessions = (...names: string[]): FromEngine => ({
  type: 'sessions',
  running: names.map((name) => ({ id: name, name })),
  ended: [],
  waiting: [],
});

function quitScene() {
  const running = new RunningSessions();
  const handlers = new Map<string, (event: { preventDefault(): void }) => void>();
  const app = { on: vi.fn<(name: string, handler: never) => void>(), quit: vi.fn<() => void>() };
  app.on.mockImplementation((name, handler) => void handlers.set(name, handler));
  const ask = vi.fn<() => Promise<number>>();
  const stopEngine = vi.fn<() => Promise<void>>().mockResolvedValue();
  const tray = { isThere: false };
  const parts = {
    app: app as unknown as App,
    running: () => running.list,
    hasTray: () => tray.isThere,
    ask,
    stopEngine,
  };
  const quitting = new Quitting(parts);
  quitting.load();
  const event = { preventDefault: vi.fn<() => void>() };
  return { running, app, ask, stopEngine, tray, quitting, event, tell: (name: string) => handlers.get(name)?.(event) };
}

test('leaving stops the engine first, and lets Electron quit only then', async () => {
  const { quitting, app, ask, stopEngine, event, tell } = quitScene();
  tell('before-quit');
  expect(event.preventDefault).toHaveBeenCalledOnce();
  await vi.waitFor(() => expect(app.quit).toHaveBeenCalledOnce());
  expect([ask.mock.calls.length, stopEngine.mock.calls.length, quitting.isLeaving]).toEqual([0, 1, true]);
  tell('before-quit');
  expect(event.preventDefault).toHaveBeenCalledOnce();
});

test('while a session runs it is asked, once, and keeping it running keeps everything', async () => {
  const { running, quitting, app, ask, stopEngine, tell } = quitScene();
  running.engineSays(sessions('nightly'));
  let answer = (_button: number): void => {};
  ask.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
  tell('before-quit');
  tell('before-quit');
  expect(ask).toHaveBeenCalledOnce();
  answer(0);
  await vi.waitFor(() => {
    tell('before-quit');
    expect(ask).toHaveBeenCalledTimes(2);
  });
  expect([stopEngine.mock.calls.length, app.quit.mock.calls.length, quitting.isLeaving]).toEqual([0, 0, false]);
  answer(1);
  await vi.waitFor(() => expect(app.quit).toHaveBeenCalledOnce());
});

test('without a window the program stays in its tray, or while something runs', () => {
  const { running, tray, app, tell } = quitScene();
  tray.isThere = true;
  tell('window-all-closed');
  tray.isThere = false;
  running.engineSays(sessions('nightly'));
  tell('window-all-closed');
  expect(app.quit).not.toHaveBeenCalled();
  running.engineLost();
  tell('window-all-closed');
  expect(app.quit).toHaveBeenCalledOnce();
});

test('the computer is kept awake exactly while something runs', () => {
  const running = new RunningSessions();
  const log: string[] = [];
  const awake = keepAwake({ start: (type) => log.push(type), stop: (id) => log.push(`stop ${id}`) > 0 }, running);
  for (const message of [sessions(), sessions('a'), sessions('a', 'b'), sessions()]) {
    running.engineSays(message);
    awake.engineSays?.(message);
  }
  running.engineSays(sessions('a'));
  awake.engineSays?.(sessions('a'));
  running.engineLost();
  awake.engineLost?.(1, 1000);
  expect(log).toEqual(['prevent-app-suspension', 'stop 1', 'prevent-app-suspension', 'stop 3']);
});

test('notices: an engine that fails or stops, a session that wants attention, where passphrases are once it changes', () => {
  const shown: Notice[] = [];
  const values: { secretWarning?: string | undefined } = {};
  const state = { values, change: (change: object) => void Object.assign(values, change) };
  const notices = engineNotices((notice) => shown.push(notice), state);
  notices.engineSays?.({ type: 'failed', reason: 'No room.' });
  notices.engineLost?.(9, 2000);
  notices.engineSays?.({
    ...sessions(),
    ended: [
      { id: 'a b', name: 'nightly', result: 'failed', text: 'No tape.' },
      { id: 'c', name: 'copy', result: 'success', text: null },
    ],
  } as FromEngine);
  for (const secretWarning of ['In a file.', 'In a file.', null])
    notices.engineSays?.({ type: 'ready', secretWarning });
  expect(shown.map(({ title }) => title)).toEqual([
    'The engine did not start',
    'The engine has stopped',
    'nightly failed',
    'Where passphrases are kept',
  ]);
  expect(shown[1]?.body).toContain('code 9 and is started again in 2 s');
  expect(shown[2]).toMatchObject({ body: 'No tape.', place: '#/home/jobs?session=a%20b' });
  expect([shown[3]?.always, values.secretWarning]).toEqual([true, undefined]);
});

test('the key ring is opened at the first question, and once', async () => {
  const open = vi.fn<() => Promise<never>>().mockRejectedValue(new Error('locked'));
  const answers: unknown[] = [];
  const module = keyRingAnswers(open, (answer) => answers.push(answer));
  module.engineSays?.(sessions('a'));
  expect(open).not.toHaveBeenCalled();
  for (const id of [1, 2]) module.engineSays?.({ type: 'key-ring', id, ask: 'refusal', value: '' });
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(open).toHaveBeenCalledOnce();
  expect(answers).toEqual([1, 2].map((id) => ({ type: 'key-ring', id, error: 'locked' })));
});

test('the theme is the remembered one, and what is chosen is remembered', () => {
  const native = { themeSource: 'system' as 'system' | 'light' | 'dark' };
  const changed: object[] = [];
  const chosen = theme(native, { values: { theme: 'dark' }, change: (values) => void changed.push(values) });
  chosen.ready?.();
  expect(native.themeSource).toBe('dark');
  chosen.set('dark');
  chosen.set('light');
  expect([native.themeSource, changed]).toEqual(['light', [{ theme: 'light' }]]);
});
