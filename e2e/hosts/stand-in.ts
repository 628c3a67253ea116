import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from '@playwright/test';
import { type ConsoleHost, watchPage } from './console-host.ts';
import { makeElectron, type StandInRecord } from './electron-stand-in/electron-api.ts';

const mainPath = fileURLToPath(new URL('../../out/desktop/main.cjs', import.meta.url));
const startLimitMs = 30_000;

export interface StandInConsole extends ConsoleHost {
  record: StandInRecord;
  /** What the user does: closes the window, or quits from the menu. */
  closeWindow(): void;
  quit(): void;
}

/** The desktop's real, built main process, preload and engine, with a test double in Electron's place. */
export async function openStandInConsole(
  browser: Browser,
  options: { dataDir?: string } = {},
): Promise<StandInConsole> {
  if (!existsSync(mainPath)) throw new Error(`${mainPath} is missing. Run "npm run build" first.`);
  const folder = await mkdtemp(path.join(tmpdir(), 'reelvault-stand-in-'));
  const dataDir = options.dataDir ?? path.join(folder, 'data');
  const context = await browser.newContext();
  const { electron, record, app } = makeElectron(context, { 'data-dir': dataDir });
  await loadMain(electron);
  const deadline = Date.now() + startLimitMs;
  while (record.windows.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  const [window] = record.windows;
  if (!window) throw new Error('The main process has opened no window.');
  const page = await window.ready;
  const problems = watchPage(page);
  return {
    name: 'stand-in',
    page,
    dataDir,
    problems,
    record,
    closeWindow: () => window.close(),
    quit: () => app.quit(),
    close: async () => {
      // Everything that runs is stopped.
      record.answer = () => 1;
      app.quit();
      await Promise.race([record.hasQuit, new Promise((resolve) => setTimeout(resolve, startLimitMs))]);
      for (const engine of record.engines) if (!engine.hasExited) engine.kill();
      await context.close();
      await rm(folder, { recursive: true, force: true });
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
