import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `npm run desktop` runs: builds the console and its desktop shell and starts them in Electron. */
const root = fileURLToPath(new URL('..', import.meta.url));

/** Where the `electron` package keeps its program, or undefined when that was never downloaded. */
export function electronProgram(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const packageDir = path.join(root, 'node_modules', 'electron');
  const pathFile = path.join(packageDir, 'path.txt');
  const name = existsSync(pathFile)
    ? readFileSync(pathFile, 'utf8').trim()
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron';
  const program = path.join(env.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(packageDir, 'dist'), name);
  return existsSync(program) ? program : undefined;
}

export const electronMissing =
  'Electron’s program is not installed: its package downloads it from GitHub on first use, which has not happened or did\n' +
  'not succeed. Run "npx install-electron --no" where GitHub can be reached, or point ELECTRON_OVERRIDE_DIST_PATH to an\n' +
  'unpacked Electron 45. "npm start" serves the same console in a browser, without Electron.';

function run(program: string, args: string[]): number {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  return status ?? 1;
}

if (import.meta.main) {
  let program = electronProgram();
  if (!program) {
    process.stdout.write('Electron’s program is not there yet; installing it …\n');
    run('npx', ['install-electron', '--no']);
    program = electronProgram();
  }
  if (!program) {
    process.stderr.write(`${electronMissing}\n`);
    process.exit(6);
  }
  for (const config of ['build/vite.config.ts', 'build/vite.desktop.config.ts']) {
    const status = run('vite', ['build', '-c', config, '--logLevel', 'warn']);
    if (status !== 0) process.exit(status);
  }
  const electron = spawn(program, ['.', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => electron.kill(signal));
  electron.once('exit', (code) => process.exit(code ?? 1));
}
