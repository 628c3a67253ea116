import { expect, test } from '@playwright/test';
import { Console } from '../fixtures/console.ts';
import { tapeRoundTrip } from '../fixtures/tape-round-trip.ts';
import { electronUnavailable, openElectronConsole } from '../hosts/electron.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

// What only Electron itself can show. Where its program is not installed every one of these is skipped by name.
test.beforeEach(() => {
  const why = electronUnavailable();
  test.skip(why !== undefined, why?.split('\n')[0]);
});

let host: Awaited<ReturnType<typeof openElectronConsole>> | undefined;
const opened = async (): Promise<NonNullable<typeof host>> => {
  host = await openElectronConsole();
  await expect(host.page.getByRole('tree').first()).toBeVisible();
  return host;
};
test.afterEach(async () => {
  await host?.close();
  host = undefined;
});

test('Electron: the console comes up at app://, and the page has the preload’s surface and nothing more', async () => {
  const { page, problems } = await opened();
  expect(page.url()).toMatch(/^app:\/\/console\//);
  const surface = await page.evaluate(() => Object.keys((window as unknown as { reelvault: object }).reelvault));
  expect(surface).toEqual(['requestEnginePort', 'choosePath', 'setTheme', 'notifications']);
  expect(
    await page.evaluate(() => ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis)),
  ).toEqual([]);
  expect(problems).toEqual([]);
});

test('Electron: pages are sandboxed and isolated, whoever made them', async () => {
  const { application } = await opened();
  const preferences = await application.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) =>
      (window.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences(),
    ),
  );
  expect(preferences).toHaveLength(1);
  expect(preferences[0]).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  });
  const opensTools = await application.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().some((window) => window.webContents.isDevToolsOpened()),
  );
  expect(opensTools).toBe(false);
});

test('Electron: every permission but copying is denied', async () => {
  const { page } = await opened();
  const states = await page.evaluate(async () => {
    const asked = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'midi'];
    return Promise.all(
      asked.map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state),
    );
  });
  expect(states.filter((state) => state === 'granted')).toEqual([]);
});

test('Electron: the page cannot leave, open windows, post forms away or embed others', async () => {
  const { page, application } = await opened();
  const before = page.url();
  await page.evaluate(() => {
    location.href = 'https://example.invalid/';
    window.open('https://example.invalid/');
    const form = document.body.appendChild(document.createElement('form'));
    form.action = 'https://example.invalid/';
    form.method = 'post';
    form.submit();
    const frame = document.body.appendChild(document.createElement('iframe'));
    frame.src = 'file:///etc/hostname';
  });
  await page.waitForTimeout(1000);
  expect(page.url()).toBe(before);
  expect(application.windows()).toHaveLength(1);
  expect(await application.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
});

test('Electron: an engine that is killed is started again, and the console finds it', async () => {
  const { page, application } = await opened();
  const engine = await application.evaluate(
    ({ app }) => app.getAppMetrics().find((process) => process.name === 'Reelvault engine')?.pid,
  );
  expect(engine).toBeGreaterThan(0);
  process.kill(engine as number, 'SIGKILL');
  await expect
    .poll(() =>
      application.evaluate(
        ({ app }) => app.getAppMetrics().find((process) => process.name === 'Reelvault engine')?.pid ?? 0,
      ),
    )
    .not.toBe(engine);
  await new Console(page).ready();
});

test('Electron: a machine goes to tape and comes back, in the window', async () => {
  test.setTimeout(5 * 60_000 * slowness);
  const { page, folder } = await opened();
  await tapeRoundTrip(new Console(page), folder);
});
