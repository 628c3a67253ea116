import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { Console } from '../fixtures/console.ts';
import { tapeRoundTrip } from '../fixtures/tape-round-trip.ts';
import { openStandInConsole, type StandInConsole, startSecondInstance } from '../hosts/stand-in.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

// The built main process, preload and engine on a stand-in for Electron (e2e/hosts/electron-stand-in): what is seen here is
// our own code. Electron itself is looked at in electron.spec.ts.

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** The command line, against the engine that the desktop runs. */
async function rv<T>(host: StandInConsole, ...args: string[]): Promise<T> {
  const line = ['electron/cli/main.js', ...args, '--data-dir', host.dataDir, '--json'];
  const { stdout } = await run(process.execPath, line, { cwd: root, timeout: 60_000 * slowness });
  return JSON.parse(stdout) as T;
}

async function passphraseFile(folder: string): Promise<string> {
  const file = path.join(folder, 'passphrase');
  await writeFile(file, 'correct horse battery\n');
  return file;
}

let host: StandInConsole;
test.beforeEach(async ({ browser }) => {
  host = await openStandInConsole(browser);
});
test.afterEach(async () => {
  // Undefined when it has not come up; the failure above this one says why.
  await (host as StandInConsole | undefined)?.close();
});

test('the console comes up in its window, over a message port, with nothing to complain of', async () => {
  const { page } = host;
  await expect(page.getByRole('tree').first()).toBeVisible();
  await expect(page).toHaveTitle(/Reelvault/);
  const surface = await page.evaluate(() => {
    const exposed = (window as unknown as { reelvault: object }).reelvault;
    return Object.entries(exposed).map(([key, one]) => `${key}: ${typeof one}`);
  });
  expect(surface).toEqual([
    'requestEnginePort: function',
    'choosePath: function',
    'setTheme: function',
    'notifications: boolean',
  ]);
  expect(host.problems).toEqual([]);
  expect(host.record.windows).toHaveLength(1);
  expect(host.record.windows[0]?.options.webPreferences).toMatchObject({ sandbox: true, devTools: false });
  expect(host.record.prepared).toEqual(['sandbox for every page', 'app: standard secure supportFetchAPI']);
});

test('the command line talks to the desktop’s engine, and the page sees what it does', async () => {
  const { page, dataDir } = host;
  await expect(page.getByRole('tree').first()).toBeVisible();
  expect(await rv(host, 'system', 'info')).toMatchObject({ openedForThisCommand: false, dataDir });
  await rv(host, 'repository', 'add', 'main', path.join(dataDir, '..', 'repository'));
  await page
    .getByRole('tab', { name: /Backup Infrastructure/ })
    .or(page.getByRole('button', { name: /Backup Infrastructure/ }))
    .first()
    .click();
  await page.getByRole('treeitem', { name: /^Repositories/ }).click();
  await expect(page.getByRole('gridcell', { name: 'main', exact: true })).toBeVisible();
  expect(host.problems).toEqual([]);
});

test('an engine that dies is started again, and the console finds it', async () => {
  const { page, record } = host;
  await expect(page.getByRole('tree').first()).toBeVisible();
  await rv(host, 'repository', 'add', 'main', path.join(host.dataDir, '..', 'repository'));
  record.engines[0]?.kill();
  await expect.poll(() => record.engines.length).toBe(2);
  await page
    .getByRole('tab', { name: /Backup Infrastructure/ })
    .or(page.getByRole('button', { name: /Backup Infrastructure/ }))
    .first()
    .click();
  await page.getByRole('treeitem', { name: /^Repositories/ }).click();
  await expect(page.getByRole('gridcell', { name: 'main', exact: true })).toBeVisible();
  expect(record.notifications.map((notice) => notice.title)).toEqual([]);
});

test('closing the window keeps jobs running; quitting asks while one does', async () => {
  const { page, record } = host;
  await expect(page.getByRole('tree').first()).toBeVisible();
  const disk = path.join(host.dataDir, '..', 'web01.raw');
  await writeFile(disk, Buffer.alloc(2 ** 20, 'disk'));
  await rv(host, 'repository', 'add', 'main', path.join(host.dataDir, '..', 'repository'));
  await rv(
    host,
    'backup',
    'create',
    '--name',
    'nightly',
    '--machine',
    `web01,${disk}`,
    '--repository',
    'main',
    '--run',
  );
  await rv(host, 'pool', 'create', 'weekly');
  // No library: the job waits for a tape.
  await rv(
    host,
    'tape-job',
    'create',
    '--name',
    'to-tape',
    '--from-job',
    'nightly',
    '--pool',
    'weekly',
    '--run',
    '--no-wait',
  );
  await expect.poll(() => record.trayText).toBe('Reelvault: to-tape is running');
  expect(record.keptAwake).toBe(true);

  host.closeWindow();
  expect(record.windows[0]?.isDestroyed()).toBe(false);
  expect(record.windows[0]?.isVisible()).toBe(false);

  host.quit();
  await expect.poll(() => record.questions.length).toBe(1);
  expect(record.questions[0]).toMatchObject({
    message: 'A session is running.',
    buttons: ['Keep running', 'Stop them and quit'],
  });
  expect(record.engines[0]?.hasExited).toBe(false);

  record.answer = () => 1;
  host.quit();
  await record.hasQuit;
  await expect.poll(() => record.engines[0]?.hasExited).toBe(true);
  expect(record.windows[0]?.isDestroyed()).toBe(true);
});

test('a machine goes to tape and comes back, in the window', async () => {
  test.setTimeout(5 * 60_000 * slowness);
  await tapeRoundTrip(new Console(host.page), path.join(host.dataDir, '..'));
  expect(host.problems).toEqual([]);
});

test('a folder is chosen in the system’s own dialog, which begins where the last one ended', async () => {
  const { page, record } = host;
  const app = new Console(page);
  await app.home('Add Repository');
  const wizard = app.wizard('Add Repository');
  await wizard.text('Name').fill('main');
  await wizard.next('Folder');
  const chosen = path.join(host.dataDir, '..', 'repository');
  await wizard.press('Browse…');
  await expect.poll(() => record.pathDialogs.length).toBe(1);
  await expect(wizard.text('Folder')).toHaveValue('');
  record.choosePath = () => chosen;
  await wizard.press('Browse…');
  await expect(wizard.text('Folder')).toHaveValue(chosen);
  expect(record.pathDialogs[1]?.properties).toContain('openDirectory');
  await wizard.text('Folder').fill('');
  await wizard.press('Browse…');
  await expect.poll(() => record.pathDialogs[2]?.defaultPath).toBe(chosen);
  expect(host.problems).toEqual([]);
});

test('failed jobs and waiting tapes are told while nobody looks; a click leads to the session', async () => {
  const { page, record } = host;
  await expect(page.getByRole('tree').first()).toBeVisible();
  const disk = path.join(host.dataDir, '..', 'web01.raw');
  await writeFile(disk, Buffer.alloc(2 ** 20, 'disk'));
  await rv(host, 'repository', 'add', 'main', path.join(host.dataDir, '..', 'repository'));
  const nightly = ['--name', 'nightly', '--machine', `web01,${disk}`, '--repository', 'main', '--run'];
  await rv(host, 'backup', 'create', ...nightly);
  await rv(host, 'pool', 'create', 'weekly');
  host.closeWindow();
  const toTape = ['--name', 'to-tape', '--from-job', 'nightly', '--pool', 'weekly', '--run', '--no-wait'];
  await rv(host, 'tape-job', 'create', ...toTape);
  await expect.poll(() => record.notifications.map((one) => one.title)).toEqual(['to-tape waits for a tape']);
  await rm(disk);
  await rv(host, 'backup', 'run', 'nightly', '--no-wait');
  await expect.poll(() => record.notifications.map((one) => one.title)).toContain('nightly failed');
  record.notifications.find((one) => one.title === 'nightly failed')?.click();
  expect(record.windows[0]?.isVisible()).toBe(true);
  await expect(new Console(page).sessionWindow().getByRole('heading', { level: 2 })).toHaveText(/^Session: .*nightly/);
});

test('window, theme and passphrases are kept from one start to the next; one program at a time', async ({
  browser,
}) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelvault-restart-'));
  const has = (name: string): boolean => existsSync(path.join(folder, 'data', name));
  const open = async (options: Parameters<typeof openStandInConsole>[1] = {}): Promise<void> => {
    await host.close();
    host = await openStandInConsole(browser, { folder, ...options });
    await expect(host.page.getByRole('tree').first()).toBeVisible();
  };
  try {
    await test.step('secrets go into the key ring', async () => {
      await open();
      await rv(host, 'key', 'add', 'tape key', '--passphrase-file', await passphraseFile(folder));
      expect([has('secret.key'), has('secret.sealed')]).toEqual([false, true]);
      expect(host.record.notifications).toEqual([]);
    });
    await test.step('a second start shows the window of the first', async () => {
      host.closeWindow();
      expect(await startSecondInstance(browser, folder)).toEqual({ windows: 0 });
      host.startAgain();
      expect(host.record.windows.map((window) => window.isVisible())).toEqual([true]);
    });
    await test.step('the window comes back where it was, in its theme', async () => {
      host.record.windows[0]?.place({ x: 300, y: 80, width: 1300, height: 850 });
      await new Console(host.page).chooseTheme('Dark');
      await expect.poll(() => host.record.themeSource).toBe('dark');
      await open();
      expect(host.record.windows[0]?.options).toMatchObject({
        x: 300,
        y: 80,
        width: 1300,
        height: 850,
        backgroundColor: '#1f1f1f',
      });
    });
    await test.step('without a key ring secrets go back into a file, and that is said once', async () => {
      await open({ keyRing: 'basic_text' });
      await expect.poll(() => host.record.notifications.length).toBe(1);
      expect(host.record.notifications[0]?.body).toMatch(/no key ring/);
      expect([has('secret.key'), has('secret.sealed')]).toEqual([true, false]);
      await open({ keyRing: 'basic_text' });
      await rv(host, 'system', 'info');
      expect(host.record.notifications).toEqual([]);
      expect(await rv(host, 'key', 'list')).toMatchObject([{ name: 'tape key' }]);
    });
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('the page cannot leave, open windows or get permissions', async () => {
  const { page, record } = host;
  await expect(page.getByRole('tree').first()).toBeVisible();
  const before = page.url();
  await page.evaluate(() => {
    location.href = 'https://evil.example/';
  });
  await page.waitForTimeout(300);
  expect(page.url()).toBe(before);
  await page.evaluate(() => void window.open('https://evil.example/'));
  await expect.poll(() => page.context().pages().length).toBe(1);
  const asked = ['media', 'geolocation', 'notifications', 'clipboard-read'];
  expect(asked.filter((permission) => record.permissionCheck?.(null, permission))).toEqual([]);
  expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe('undefined');
});
