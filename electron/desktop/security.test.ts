import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import type { App, IpcMain, Protocol, Session, WebContents } from 'electron';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerAppRequest, appProtocol } from './app-protocol.ts';
import { denyPermissions, guardPages, guards } from './guards.ts';
import { applicationMenu } from './menus.ts';
import { isAllowedPermission, isConsoleUrl, isTrustedSender } from './navigation.ts';
import { channels, servePages } from './page-messages.ts';
import { windowOptions } from './window-options.ts';

// Electron's own security checklist (its docs/tutorial/security.md), item by item where code of ours is concerned. What
// only Electron itself can show is in e2e/specs/electron.spec.ts; fuses are in build/packaging.

let folder: string;
let rendererDir: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-desktop-'));
  rendererDir = path.join(folder, 'renderer');
  await mkdir(path.join(rendererDir, 'assets'), { recursive: true });
  await writeFile(path.join(rendererDir, 'index.html'), '<meta nonce="__CSP_NONCE__">');
  await writeFile(path.join(rendererDir, 'assets', 'main.js'), 'export {};');
  await writeFile(path.join(folder, 'outside.js'), 'secret');
  await symlink(path.join(folder, 'outside.js'), path.join(rendererDir, 'link.js'));
});
afterAll(() => rm(folder, { recursive: true }));

const get = (url: string, method = 'GET') => answerAppRequest(rendererDir, { url, method });

test('1, 7: app:// serves the page with its policy and a nonce of its own', async () => {
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
  ['app://console/link.js', 404],
  ['app://console/package.json', 404],
  ['app://other/', 403],
  ['app://console.evil.example/', 403],
  ['app://user@console/', 403],
  ['https://console/', 403],
])('1: app:// refuses %s', async (url, status) => {
  const answer = await get(url);
  expect(answer.status).toBe(status);
  expect(await answer.text()).not.toContain('secret');
});

test('1: app:// is read only', async () => {
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
])('13: %s is a console address: %s', (url, expected) => {
  expect(isConsoleUrl(url)).toBe(expected);
});

test('17: a sender is our page, in the main frame, in our window; nothing less', () => {
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

test('5: permissions: copying text and no other', () => {
  const asked = ['media', 'geolocation', 'notifications', 'clipboard-read', 'fileSystem', 'openExternal', 'usb', 'hid'];
  expect(asked.filter(isAllowedPermission)).toEqual([]);
  expect(isAllowedPermission('clipboard-sanitized-write')).toBe(true);

  // All three ways to ask for a permission lead to the same rule.
  const set: Record<string, (...args: never[]) => unknown> = {};
  const keep = (name: string) => (handler: (...args: never[]) => unknown) => (set[name] = handler);
  denyPermissions({
    setPermissionRequestHandler: keep('request'),
    setPermissionCheckHandler: keep('check'),
    setDevicePermissionHandler: keep('device'),
  } as unknown as Session);
  const answers: boolean[] = [];
  const request = set.request as (contents: unknown, permission: string, answer: (given: boolean) => void) => void;
  for (const permission of ['media', 'clipboard-sanitized-write'])
    request(null, permission, (given) => answers.push(given));
  expect(answers).toEqual([false, true]);
  const check = set.check as (contents: unknown, permission: string) => boolean;
  expect([check(null, 'geolocation'), check(null, 'clipboard-sanitized-write')]).toEqual([false, true]);
  expect((set.device as () => boolean)()).toBe(false);
});

test('2, 3, 4, 6, 11: windows are sandboxed, isolated and without Node; packaged, without developer tools', () => {
  const given = { preload: '/p.cjs', dark: true, icon: '/i.png', place: { width: 1200, height: 800 }, devTools: false };
  const options = windowOptions(given);
  expect(options).toMatchObject({ show: false, backgroundColor: '#1f1f1f', width: 1200, minWidth: 1024 });
  // Whole and literal: a key that is added has to be added here, by somebody who has thought about it.
  expect(options.webPreferences).toEqual({
    preload: '/p.cjs',
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: false,
  });
  const actions = { show: () => {}, quit: () => {} };
  const roles = (developer: boolean) =>
    JSON.stringify(applicationMenu(actions, 'linux', { developer })).includes('toggleDevTools');
  expect([roles(false), roles(true)]).toEqual([false, true]);
});

test('6, 8, 9, 10, 15, 18: nothing in the shell weakens web security, leaves by a link or loads a file; one place makes windows', async () => {
  const makers: string[] = [];
  const listeners: string[] = [];
  for (const name of await readdir(import.meta.dirname)) {
    if (name.endsWith('.test.ts')) continue;
    const source = await readFile(path.join(import.meta.dirname, name), 'utf8');
    if (source.includes('new BrowserWindow(')) makers.push(name);
    if (/ipc(Main)?\.(on|once|handle|handleOnce)\(/.test(source)) listeners.push(name);
    expect(source).not.toMatch(
      /allowRunningInsecureContent|experimentalFeatures|enableBlinkFeatures|disableBlinkFeatures|webSecurity: false|sandbox: false|contextIsolation: false|bypassCSP|openExternal|@electron\/remote|executeJavaScript|loadFile|file:\/\/|no-sandbox|ignore-certificate|interceptProtocol/,
    );
  }
  expect(makers).toEqual(['console-window.ts']);
  // Every message of a page goes through the one place that checks its sender.
  expect(listeners).toEqual(['page-messages.ts']);
  const main = await readFile(path.join(import.meta.dirname, 'main.ts'), 'utf8');
  const before = main.slice(0, main.indexOf('app.whenReady()'));
  for (const early of ['guards(app', 'appProtocol(protocol', 'module.load?.()']) expect(before).toContain(early);
});

test('1, 4: before Electron is ready every page is sandboxed and guarded, and the scheme is a secure one', () => {
  const prepared: unknown[] = [];
  const app = { enableSandbox: () => prepared.push('sandbox'), on: (event: string) => prepared.push(event) };
  guards(app as unknown as App, { defaultSession: {} as Session }).load?.();
  const protocol = { registerSchemesAsPrivileged: (schemes: unknown[]) => prepared.push(...schemes) };
  appProtocol(protocol as unknown as Protocol, folder).load?.();
  expect(prepared).toEqual([
    'sandbox',
    'web-contents-created',
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
});

test('20: the preload exposes exactly this, and gives the page neither ports nor events of its own', async () => {
  const source = await readFile(path.join(import.meta.dirname, 'preload.cts'), 'utf8');
  const exposed: Record<string, Record<string, unknown>> = {};
  const sent: unknown[] = [];
  const posted: unknown[] = [];
  let onPort: ((event: { ports: string[] }, message: object) => void) | undefined;
  let onGo: ((event: object, place: unknown) => void) | undefined;
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: Record<string, unknown>) => (exposed[name] = api) },
    ipcRenderer: {
      on: (channel: string, listener: typeof onPort) => {
        if (channel === channels.port) onPort = listener;
        else if (channel === channels.go) onGo = listener as unknown as typeof onGo;
        else throw new Error(`The preload listens to ${channel}.`);
      },
      send: (...args: unknown[]) => sent.push(args),
      invoke: (...args: unknown[]) => Promise.resolve(sent.push(args)),
    },
  };
  const location = { origin: 'app://console', hash: '' };
  runInNewContext(stripTypeScriptTypes(source), {
    require: (name: string) => (name === 'electron' ? electron : undefined),
    window: { postMessage: (...args: unknown[]) => posted.push(args) },
    location,
  });
  expect(Object.keys(exposed)).toEqual(['reelvault']);
  expect(Object.entries(exposed.reelvault ?? {}).map(([key, one]) => `${key}: ${typeof one}`)).toEqual([
    'requestEnginePort: function',
    'choosePath: function',
    'setTheme: function',
    'notifications: boolean',
  ]);
  const surface = exposed.reelvault as Record<string, (...args: unknown[]) => unknown>;
  // Whatever a page passes, only texts leave it; and nothing it gets back is one of Electron's objects.
  expect(surface.requestEnginePort?.('a1')).toBe(undefined);
  expect(surface.setTheme?.({ toString: () => 'dark' })).toBe(undefined);
  expect(surface.choosePath?.('folder', 7)).toBeInstanceOf(Promise);
  expect(sent).toEqual([
    [channels.requestPort, 'a1'],
    [channels.theme, 'dark'],
    [channels.choosePath, 'folder', '7'],
  ]);
  onGo?.({}, '#/home/jobs?session=1');
  expect(location.hash).toBe('#/home/jobs?session=1');
  onPort?.({ ports: ['port'] }, { id: 'a1' });
  expect(posted).toEqual([[{ type: 'reelvault:engine-port', id: 'a1', error: undefined }, 'app://console', ['port']]]);
});

test('17: only trusted pages are answered, each message by its form; a missing engine is said', async () => {
  const on = new Map<string, (event: object, ...args: unknown[]) => unknown>();
  const posted: unknown[] = [];
  const themes: string[] = [];
  const dialogs: string[] = [];
  let engineRuns = true;
  const keep = (channel: string, listener: (event: object, ...args: unknown[]) => unknown) => on.set(channel, listener);
  servePages({ on: keep, handle: keep } as unknown as IpcMain, {
    newChannel: () => ({ port1: { close: () => {} }, port2: { close: () => {} } }) as never,
    connect: () => engineRuns,
    isOurWindow: (contents: WebContents) => contents === ('ours' as never),
    choosePath: (kind, start) => Promise.resolve(dialogs.push(`${kind} ${start}`) > 0 ? '/chosen' : null),
    setTheme: (theme) => themes.push(theme),
  });
  expect([...on.keys()].sort()).toEqual([channels.choosePath, channels.requestPort, channels.theme].sort());
  const frame = (url: string, parent: unknown = null) => ({
    url,
    parent,
    postMessage: (channel: string, message: object, ports?: unknown[]) =>
      posted.push([channel, message, ports?.length ?? 0]),
  });
  const send = (channel: string, sender: string, senderFrame: unknown, ...args: unknown[]) =>
    on.get(channel)?.({ sender, senderFrame }, ...args);
  const ours = frame('app://console/');
  const strangers: [string, unknown][] = [
    ['ours', frame('https://evil.example/')],
    ['ours', frame('app://console/', {})],
    ['theirs', ours],
    ['ours', null],
  ];

  send(channels.requestPort, 'ours', ours, 'a');
  expect(posted.splice(0)).toEqual([[channels.port, { id: 'a' }, 1]]);
  send(channels.theme, 'ours', ours, 'dark');
  expect(themes.splice(0)).toEqual(['dark']);
  expect(await send(channels.choosePath, 'ours', ours, 'folder', '/backups')).toBe('/chosen');
  expect(dialogs.splice(0)).toEqual(['folder /backups']);

  for (const [sender, senderFrame] of strangers) {
    send(channels.requestPort, sender, senderFrame, 'b');
    send(channels.theme, sender, senderFrame, 'dark');
    expect(await send(channels.choosePath, sender, senderFrame, 'folder', '/')).toBe(null);
  }
  send(channels.requestPort, 'ours', ours, { toString: () => 'f' });
  send(channels.requestPort, 'ours', ours, 'x'.repeat(101));
  send(channels.theme, 'ours', ours, 'pink');
  expect(await send(channels.choosePath, 'ours', ours, 'anything', '/')).toBe(null);
  expect(await send(channels.choosePath, 'ours', ours, 'file', 'x'.repeat(40_000))).toBe(null);
  expect(await send(channels.choosePath, 'ours', ours, 'file')).toBe(null);
  expect([posted, themes, dialogs]).toEqual([[], [], []]);

  engineRuns = false;
  send(channels.requestPort, 'ours', ours, 'g');
  expect(posted).toEqual([[channels.port, { id: 'g', error: 'The engine is being started again.' }, 0]]);
});

test('12, 13, 14: pages stay where they are: no navigation away, no windows, no webviews', () => {
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
