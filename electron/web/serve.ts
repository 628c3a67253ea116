import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DataDirectoryLocked, DataDirectoryOfAnother } from '../engine/data-directory.ts';
import { openEngine } from '../engine/engine.ts';
import { visibleText } from '../../shared/domain/visible-text.ts';
import { defaultDataDir } from '../hosting/data-dir.ts';
import { reasonOf } from '../hosting/engine-startup.ts';
import { endLimitMs, endSignals } from '../hosting/process-end.ts';
import { PasswordFile } from './password-file.ts';
import { startWebConsole, type WebConsole } from './web-console.ts';

const usage = `Usage: npm start -- [options]      (or: reelvault serve [options])

Serves the Reelvault web console and keeps the engine that runs the jobs.

  --data-dir DIR        configuration, sessions and catalogue (default: $REELVAULT_DATA, or ${defaultDataDir()})
  --port N              port to listen on; 0: any free one (default: 7766, or a free one if that is taken)
  --host ADDRESS        address to listen on (default: 127.0.0.1); any other needs --tls-cert and --tls-key
  --tls-cert FILE       certificate chain, PEM
  --tls-key FILE        its private key, PEM
  --allow-host NAME     another name under which browsers reach this server; may be repeated
  --open                open the console in a browser
  --reset-password      forget the console's password; the address printed then sets a new one
  --help                show this text
`;

const rendererDir = fileURLToPath(new URL('../../out/renderer', import.meta.url));

/** Runs the web console until a signal; resolves with the exit code. */
export async function serve(args: readonly string[], options = { endLimitMs }): Promise<number> {
  let values: ReturnType<typeof readOptions>;
  try {
    values = readOptions(args);
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n\n${usage}`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  // An engine that limps on after a lost rejection cannot be trusted: say it, leave, be started again.
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`Reelvault stops: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(70);
  });
  const dataDir = path.resolve(values['data-dir'] ?? defaultDataDir());
  if (values['reset-password']) await new PasswordFile(`${dataDir}/web-password.json`).remove();

  let web: WebConsole;
  try {
    web = await startWebConsole({
      dataDir,
      openEngine,
      rendererDir,
      host: values.host,
      port: values.port === undefined ? undefined : Number(values.port),
      tls: await tlsFiles(values['tls-cert'], values['tls-key']),
      allowHosts: values['allow-host'],
      log: (line) =>
        process.stderr.write(`${new Date().toISOString()} ${visibleText(line.replaceAll(/[\t\n\r]+/g, ' '))}\n`),
    });
  } catch (error) {
    process.stderr.write(`The web console did not start: ${reasonOf(error)}\n`);
    return 1;
  }

  const outcome = web.engine.now;
  if (outcome.state === 'failed' && outcome.error instanceof DataDirectoryOfAnother) {
    await web.close(0);
    process.stderr.write(`${outcome.reason} ${outcome.error.advice}\n`);
    return 1;
  }
  if (outcome.state === 'failed' && outcome.error instanceof DataDirectoryLocked) {
    await web.close(0);
    const { owner } = outcome.error;
    process.stderr.write(`${outcome.reason}\n`);
    if (owner.url === undefined) return 1;
    process.stdout.write(`Reelvault already runs: ${owner.url}\n`);
    if (values.open) openInBrowser(owner.url);
    return 0;
  }
  if (outcome.state === 'failed') process.stderr.write(`The engine did not start: ${outcome.reason}\n`);
  const address = web.firstStartUrl ?? web.url;
  const first = web.firstStartUrl === undefined ? '' : `First start, set the password here: ${address}\n`;
  process.stdout.write(`Reelvault web console: ${web.url}\nData directory: ${dataDir}\n${first}`);
  if (values.open) openInBrowser(address);

  const signals = listenForSignals();
  await signals.first;
  process.stdout.write('Stopping…\n');
  // The engine ends its sessions at their next safe point; a second signal or the limit ends the wait.
  const impatient = Promise.race([
    signals.second.then(() => 'A second signal'),
    new Promise<string>((resolve) => setTimeout(() => resolve(`${options.endLimitMs / 1000} s`), options.endLimitMs)),
  ]);
  const closed = web.close().then(
    () => 0,
    (error: unknown) => {
      process.stderr.write(`${reasonOf(error)}\n`);
      return 1;
    },
  );
  const forced = impatient.then((why) => {
    process.stderr.write(
      `${why}: Reelvault leaves without waiting for what still runs. The next start goes on from it.\n`,
    );
    return 1;
  });
  return Promise.race([closed, forced]);
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'data-dir': { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      'allow-host': { type: 'string', multiple: true },
      open: { type: 'boolean' },
      'reset-password': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.port !== undefined && !(/^\d{1,5}$/.test(values.port) && Number(values.port) < 65_536)) {
    throw new Error(`--port takes a number from 0 to 65535, not "${values.port}".`);
  }
  if ((values['tls-cert'] === undefined) !== (values['tls-key'] === undefined)) {
    throw new Error('--tls-cert and --tls-key belong together.');
  }
  return values;
}

async function tlsFiles(cert: string | undefined, key: string | undefined) {
  if (cert === undefined || key === undefined) return undefined;
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
}

/** Listens from now on: the first signal asks for an orderly end, the second for one at once. */
function listenForSignals(): { first: Promise<void>; second: Promise<void> } {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  for (const signal of endSignals) process.on(signal, () => ((count += 1) === 1 ? first : second).resolve());
  return { first: first.promise, second: second.promise };
}

/** Best effort: where there is no display the printed address has to do. */
function openInBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url];
  const noDisplay = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
  if (noDisplay || command === undefined) return;
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
