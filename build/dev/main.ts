import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../shared/domain/message-of.ts';
import { startDevConsole } from './dev-server.ts';

const usage = `Usage: npm run dev -- [options]

Serves the console from its sources, with hot reload, on a running engine. Only this computer can reach it.

  --data-dir DIR   whose engine: the running one, or one that this command runs (default: data)
  --port N         where the console is served; the next free one if that is taken (default: 7767)
  --help           show this text
`;
const stopLimitMs = 30_000;

let values: { 'data-dir': string; port: string; help?: boolean };
try {
  ({ values } = parseArgs({
    options: {
      'data-dir': { type: 'string', default: 'data' },
      port: { type: 'string', default: '7767' },
      help: { type: 'boolean', short: 'h' },
    },
  }));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n\n${usage}`);
  process.exit(2);
}
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const port = Number(values.port);
if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
  process.stderr.write(`--port takes a number from 1 to 65535, not "${values.port}".\n`);
  process.exit(2);
}

const asked = new Promise<void>((resolve) => {
  let times = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      times += 1;
      if (times > 1) process.exit(130);
      resolve();
    });
  }
});

const dataDir = path.resolve(values['data-dir']);
try {
  const dev = await startDevConsole({ dataDir, port, log: (line) => process.stderr.write(`engine: ${line}\n`) });
  const first = dev.url.includes('#') ? ' (sets the first password)' : '';
  process.stdout.write(
    `Console with hot reload: ${dev.url}${first}\n` +
      `Engine: ${dev.engineUrl} (${dev.ownEngine ? 'in this process' : 'was running already, and goes on'})\n` +
      `Data directory: ${dataDir}\n` +
      'Ctrl+C ends it.\n',
  );
  await asked;
  process.stdout.write('Stopping…\n');
  const late = setTimeout(() => {
    process.stderr.write(`It did not end within ${stopLimitMs / 1000} s.\n`);
    process.exit(1);
  }, stopLimitMs);
  await dev.close();
  clearTimeout(late);
  process.exit(0);
} catch (error) {
  process.stderr.write(`The console did not start: ${messageOf(error)}\n`);
  process.exit(1);
}
