import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { electronUnavailable, openElectronConsole } from '../hosts/electron.ts';
import { openStandInConsole, type StandInConsole } from '../hosts/stand-in.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** The command line, against the engine that the desktop runs. */
async function rv<T>(host: StandInConsole, ...args: string[]): Promise<T> {
  const line = ['electron/cli/main.ts', ...args, '--data-dir', host.dataDir, '--json'];
  const { stdout } = await run(process.execPath, line, { cwd: root, timeout: 60_000 });
  return JSON.parse(stdout) as T;
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
  expect(surface).toEqual(['requestEnginePort: function', 'notifications: boolean']);
  expect(host.problems).toEqual([]);
  expect(host.record.windows).toHaveLength(1);
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

test('in Electron itself', async () => {
  test.skip(electronUnavailable() !== undefined, electronUnavailable()?.split('\n')[0]);
  const electron = await openElectronConsole();
  try {
    await expect(electron.page.getByRole('tree').first()).toBeVisible();
    expect(electron.page.url()).toBe('app://console/');
    expect(
      await electron.page.evaluate(() => Object.keys((window as unknown as { reelvault: object }).reelvault)),
    ).toEqual(['requestEnginePort', 'notifications']);
    expect(electron.problems).toEqual([]);
  } finally {
    await electron.close();
  }
});
