import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from '@playwright/test';
import { type ConsoleHost, watchPage } from './console-host.ts';
import { makeElectron, type StandInOptions, type StandInRecord } from './electron-stand-in/electron-api.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

const mainPath = fileURLToPath(new URL('../../out/desktop/main.cjs', import.meta.url));
const startLimitMs = 30_000 * slowness;

export interface StandInConsole extends ConsoleHost {
  record: StandInRecord;
  /** What the user does: closes the window, or quits from the menu. */
  closeWindow(): void;
  quit(): void;
  /** Somebody starts the program a second time. */
  startAgain(): void;
}

/** What the main process does where another instance runs already: the windows it opened, and whether it left. */
export async function startSecondInstance(browser: Browser, folder: string): Promise<{ windows: number }> {
  const context = await browser.newContext();
  const { electron, record } = makeElectron(context, {
    switches: { 'data-dir': path.join(folder, 'data') },
    userData: path.join(folder, 'profile'),
    keyRing: 'basic_text',
    isFirst: false,
  });
  await loadMain(electron);
  await record.hasQuit;
  await context.close();
  return { windows: record.windows.length + record.engines.length };
}

/** The desktop's real, built main process, preload and engine, with a test double in Electron's place. */
export async function openStandInConsole(
  browser: Browser,
  options: { folder?: string } & Partial<Pick<StandInOptions, 'switches' | 'keyRing'>> = {},
): Promise<StandInConsole> {
  if (!existsSync(mainPath)) throw new Error(`${mainPath} is missing. Run "npm run build" first.`);
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'reelvault-stand-in-')));
  const dataDir = path.join(folder, 'data');
  const context = await browser.newContext();
  const { electron, record, app } = makeElectron(context, {
    switches: { 'data-dir': dataDir, ...options.switches },
    userData: path.join(folder, 'profile'),
    keyRing: options.keyRing ?? 'gnome_libsecret',
    isFirst: true,
  });
  await loadMain(electron);
  const deadline = Date.now() + startLimitMs;
  while (record.windows.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  const [window] = record.windows;
  if (!window) throw new Error('The main process has opened no window.');
  const page = await window.ready;
  const problems = watchPage(page);
  let closed = false;
  return {
    name: 'stand-in',
    page,
    dataDir,
    problems,
    record,
    closeWindow: () => window.close(),
    quit: () => app.quit(),
    startAgain: () => app.emit('second-instance'),
    close: async () => {
      if (closed) return;
      closed = true;
      // Everything that runs is stopped.
      record.answer = () => 1;
      app.quit();
      await Promise.race([record.hasQuit, new Promise((resolve) => setTimeout(resolve, startLimitMs))]);
      for (const engine of record.engines) if (!engine.hasExited) engine.kill();
      await context.close();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the built main process afresh, with `require('electron')` answered by the double. */
async function loadMain(electron: object): Promise<void> {
  const source = await readFile(mainPath, 'utf8');
  const ordinary = createRequire(mainPath);
  const module = { exports: {} };
  const run = new Function('require', 'module', 'exports', '__filename', '__dirname', source);
  const requireDouble = (name: string): unknown => (name === 'electron' ? electron : ordinary(name));
  run(requireDouble, module, module.exports, mainPath, path.dirname(mainPath));
}
