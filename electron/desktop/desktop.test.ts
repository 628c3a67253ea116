import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import type { App, IpcMain, MessagePortMain } from 'electron';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionRow } from '../../shared/contract/sessions.ts';
import { TestClock } from '../engine/faults/clock.ts';
import { answerAppRequest } from './app-protocol.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';
import { type EngineChild, EngineSupervisor } from './engine-supervisor.ts';
import { guardPages } from './guards.ts';
import { trayText } from './menus.ts';
import { isAllowedPermission, isConsoleUrl, isTrustedSender } from './navigation.ts';
import { channels, servePorts } from './ports.ts';
import { quitQuestion } from './quit-rule.ts';
import { RestartDelay } from './restart-delay.ts';
import { noticeOf, SessionWatch } from './session-watch.ts';
import { windowOptions } from './window-options.ts';

let folder: string;
let rendererDir: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-desktop-'));
  rendererDir = path.join(folder, 'renderer');
  await mkdir(path.join(rendererDir, 'assets'), { recursive: true });
  await writeFile(path.join(rendererDir, 'index.html'), '<meta nonce="__CSP_NONCE__">');
  await writeFile(path.join(rendererDir, 'assets', 'main.js'), 'export {};');
  await writeFile(path.join(folder, 'outside.js'), 'secret');
});
afterAll(() => rm(folder, { recursive: true }));

const get = (url: string, method = 'GET') => answerAppRequest(rendererDir, { url, method });

test('app:// serves the page with its policy and a nonce of its own', async () => {
  const page = await get('app://console/');
  const nonce = /nonce="([^"]+)"/.exec(await page.text())?.[1];
  expect(nonce).toHaveLength(24);
  expect(page.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  const script = await get('app://console/assets/main.js');
  expect(script.headers.get('content-type')).toContain('text/javascript');
});

test.each([
  ['app://console/../outside.js', 404],
  ['app://console/%2e%2e/outside.js', 404],
  ['app://console/..%2foutside.js', 400],
  ['app://console/%5c..%5coutside.js', 400],
  ['app://console/index.html%00', 400],
  ['app://console/assets', 404],
  ['app://other/', 403],
  ['app://console.evil.example/', 403],
  ['app://user@console/', 403],
  ['https://console/', 403],
])('app:// refuses %s', async (url, status) => {
  const answer = await get(url);
  expect(answer.status).toBe(status);
  expect(await answer.text()).not.toContain('secret');
});

test('app:// is read only', async () => {
  expect((await get('app://console/', 'POST')).status).toBe(405);
});

test.each([
  ['app://console/', true],
  ['app://console/#jobs', true],
  ['app://consolex/', false],
  ['app://console:80/', false],
  ['https://console/', false],
  ['file:///etc/passwd', false],
  ['about:blank', false],
  ['', false],
  ['javascript:alert(1)', false],
])('%s is a console address: %s', (url, expected) => {
  expect(isConsoleUrl(url)).toBe(expected);
});

test('a sender is our page, in the main frame, in our window; nothing less', () => {
  const good = { url: 'app://console/', isMainFrame: true, isKnownWindow: true };
  expect(isTrustedSender(good)).toBe(true);
  for (const change of [
    { url: 'https://evil.example/' },
    { url: null },
    { isMainFrame: false },
    { isKnownWindow: false },
  ]) {
    expect(isTrustedSender({ ...good, ...change })).toBe(false);
  }
});

test('permissions: copying text and no other', () => {
  const asked = ['media', 'geolocation', 'notifications', 'clipboard-read', 'fileSystem', 'openExternal', 'usb', 'hid'];
  expect(asked.filter(isAllowedPermission)).toEqual([]);
  expect(isAllowedPermission('clipboard-sanitized-write')).toBe(true);
});

test('windows are sandboxed, isolated and without Node', () => {
  expect(windowOptions({ preload: '/p.cjs', dark: true, icon: '/i.png' })).toMatchObject({
    show: false,
    backgroundColor: '#1f1f1f',
    webPreferences: {
      preload: '/p.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
    },
  });
});

test('windows are made in one place only, and nothing in the desktop shell weakens web security', async () => {
  const makers: string[] = [];
  for (const name of await readdir(import.meta.dirname)) {
    if (name.endsWith('.test.ts')) continue;
    const source = await readFile(path.join(import.meta.dirname, name), 'utf8');
    if (source.includes('new BrowserWindow(')) makers.push(name);
    expect(source).not.toMatch(
      /allowRunningInsecureContent|experimentalFeatures|enableBlinkFeatures|disableBlinkFeatures|webSecurity: false|sandbox: false|contextIsolation: false|bypassCSP|openExternal|@electron\/remote|executeJavaScript/,
    );
  }
  expect(makers).toEqual(['console-window.ts']);
});

test('the preload exposes exactly this, and hands ports to its own window', async () => {
  const source = await readFile(path.join(import.meta.dirname, 'preload.cts'), 'utf8');
  const exposed: Record<string, Record<string, unknown>> = {};
  const sent: unknown[] = [];
  const posted: unknown[] = [];
  let onPort: ((event: { ports: string[] }, message: object) => void) | undefined;
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: Record<string, unknown>) => (exposed[name] = api) },
    ipcRenderer: {
      on: (channel: string, listener: typeof onPort) => {
        if (channel === channels.port) onPort = listener;
      },
      send: (...args: unknown[]) => sent.push(args),
    },
  };
  runInNewContext(stripTypeScriptTypes(source), {
    require: (name: string) => (name === 'electron' ? electron : undefined),
    window: { postMessage: (...args: unknown[]) => posted.push(args) },
    location: { origin: 'app://console' },
  });
  expect(Object.keys(exposed)).toEqual(['reelvault']);
  expect(Object.entries(exposed.reelvault ?? {}).map(([key, one]) => `${key}: ${typeof one}`)).toEqual([
    'requestEnginePort: function',
    'notifications: boolean',
  ]);
  const { requestEnginePort } = exposed.reelvault as { requestEnginePort: (id: unknown) => void };
  requestEnginePort('a1');
  expect(sent).toEqual([[channels.requestPort, 'a1']]);
  onPort?.({ ports: ['port'] }, { id: 'a1' });
  expect(posted).toEqual([[{ type: 'reelvault:engine-port', id: 'a1', error: undefined }, 'app://console', ['port']]]);
});

test('ports go to trusted pages only, and a missing engine is said', () => {
  let listener: ((event: object, id: unknown) => void) | undefined;
  const posted: unknown[] = [];
  let engineRuns = true;
  servePorts({ on: (_channel: string, on: typeof listener) => (listener = on) } as unknown as IpcMain, {
    newChannel: () => ({ port1: { close: () => {} }, port2: { close: () => {} } }) as never,
    connect: () => engineRuns,
    isOurWindow: (contents) => contents === ('ours' as never),
  });
  const frame = (url: string, parent: unknown = null) => ({
    url,
    parent,
    postMessage: (channel: string, message: object, ports?: unknown[]) =>
      posted.push([channel, message, ports?.length ?? 0]),
  });
  const ask = (sender: string, senderFrame: unknown, id: unknown) => listener?.({ sender, senderFrame }, id);
  ask('ours', frame('app://console/'), 'a');
  expect(posted.splice(0)).toEqual([[channels.port, { id: 'a' }, 1]]);
  ask('ours', frame('https://evil.example/'), 'b');
  ask('ours', frame('app://console/', {}), 'c');
  ask('theirs', frame('app://console/'), 'd');
  ask('ours', null, 'e');
  ask('ours', frame('app://console/'), { toString: () => 'f' });
  ask('ours', frame('app://console/'), 'x'.repeat(101));
  expect(posted).toEqual([]);
  engineRuns = false;
  ask('ours', frame('app://console/'), 'g');
  expect(posted).toEqual([[channels.port, { id: 'g', error: 'The engine is being started again.' }, 0]]);
});

test('pages stay where they are: no navigation away, no windows, no webviews', () => {
  const handlers = new Map<string, (event: { preventDefault(): void; url: string }) => void>();
  let openHandler: (() => { action: string }) | undefined;
  guardPages({
    on: (_event: string, made: (event: object, contents: object) => void) =>
      made(
        {},
        {
          on: (name: string, handler: (event: { preventDefault(): void; url: string }) => void) =>
            handlers.set(name, handler),
          setWindowOpenHandler: (handler: () => { action: string }) => (openHandler = handler),
        },
      ),
  } as unknown as App);
  const prevented = (name: string, url: string): boolean => {
    let stopped = false;
    handlers.get(name)?.({ preventDefault: () => (stopped = true), url });
    return stopped;
  };
  for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
    expect(prevented(name, 'https://evil.example/')).toBe(true);
    expect(prevented(name, 'file:///etc/passwd')).toBe(true);
    expect(prevented(name, 'app://console/#jobs')).toBe(false);
  }
  expect(prevented('will-attach-webview', 'app://console/')).toBe(true);
  expect(openHandler?.()).toEqual({ action: 'deny' });
});

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
  children[0]?.say({ type: 'state', state: 'ready' });
  children[0]?.say('nonsense');
  expect(heard).toEqual([{ type: 'state', state: 'ready' }]);
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
