import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication } from '@playwright/test';
import { electronMissing, electronProgram } from '../../build/desktop.ts';
import { type ConsoleHost, watchPage } from './console-host.ts';

/** Why the console cannot be shown in Electron itself here, by name; undefined where it can. */
export function electronUnavailable(): string | undefined {
  return electronProgram() === undefined ? electronMissing : undefined;
}

/** The console in Electron itself, with a data directory and a profile of its own. */
export async function openElectronConsole(): Promise<
  ConsoleHost & { application: ElectronApplication; folder: string }
> {
  const executablePath = electronProgram();
  if (executablePath === undefined) throw new Error(electronMissing);
  const folder = await mkdtemp(path.join(tmpdir(), 'reelvault-electron-'));
  const dataDir = path.join(folder, 'data');
  const application = await _electron.launch({
    executablePath,
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    // As root, as in CI, Chromium's own sandbox cannot be set up.
    args: [
      '.',
      `--data-dir=${dataDir}`,
      `--user-data-dir=${path.join(folder, 'profile')}`,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  const page = await application.firstWindow();
  const problems = watchPage(page);
  return {
    name: 'electron',
    application,
    folder,
    page,
    dataDir,
    problems,
    close: async () => {
      await application.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
