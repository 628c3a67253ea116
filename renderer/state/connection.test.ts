import { ORPCError } from '@orpc/client';
import { afterEach, expect, test, vi } from 'vitest';
import { client, keepConnected, retryNow, useConnection } from './connection.ts';
import type { AuthState, ConnectionEnd, EngineLink, Host } from './host.ts';
import { onTopics } from './topics.ts';

/** A limit for hangs, not for speed. */
const soon = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000 });

const info = {
  product: 'Reelvault',
  version: '1',
  hostName: 'backup-01',
  dataDir: '/data',
  startedAt: 7,
  timeZone: 'UTC',
  capabilities: { blockDevices: false },
};

/** A host whose engine answers as the test says; `cut` ends the living connection. */
function standIn(engine: {
  refuse?: ORPCError<string, object>;
  away?: boolean;
  startedAt?: number;
  version?: string;
  auth?: AuthState;
}) {
  const asked: { path: string; input: unknown }[] = [];
  let end: (reason: ConnectionEnd) => void = () => {};
  let announce: (change: object) => void = () => {};
  const link: EngineLink = {
    call: async (path, input) => {
      asked.push({ path: path.join('.'), input });
      if (engine.refuse !== undefined) throw engine.refuse;
      if (path[1] !== 'changes')
        return { ...info, startedAt: engine.startedAt ?? info.startedAt, version: engine.version ?? info.version };
      return (async function* () {
        yield { type: 'changed', seq: 41, topics: [] };
        for (;;) {
          yield await new Promise((resolve) => {
            announce = resolve;
          });
        }
      })();
    },
  };
  const host: Host = {
    kind: 'web',
    capabilities: { notifications: false },
    choosePath: null,
    showTheme: null,
    auth:
      engine.auth === undefined
        ? null
        : {
            firstStartToken: null,
            state: async () => engine.auth ?? 'signed-in',
            setPassword: async () => {},
            signIn: async () => {},
            signOut: async () => {},
          },
    connect: async () => {
      if (engine.away === true) throw new Error('refused');
      const ended = new Promise<ConnectionEnd>((resolve) => {
        end = resolve;
      });
      return { link, ended, close: () => end('closed') };
    },
  };
  return { host, asked, cut: () => end('closed'), announce: (change: object) => announce(change) };
}

let stop: AbortController | null = null;

/** Keeps a connection for the length of one test. */
function keep(host: Host): void {
  stop = new AbortController();
  void keepConnected(host, stop.signal);
}

const phase = (wanted: string): Promise<void> => soon(() => expect(useConnection.getState().phase).toBe(wanted));

afterEach(async () => {
  stop?.abort();
  await new Promise((resolve) => setTimeout(resolve, 0));
  useConnection.setState(useConnection.getInitialState());
});

test('a lost connection comes back, and asks for the changes that were missed', async () => {
  const engine = { away: false };
  const { host, asked, cut } = standIn(engine);
  keep(host);
  await phase('online');
  await soon(() => expect(asked.some((call) => call.path === 'system.changes')).toBe(true));
  engine.away = true;
  cut();
  await phase('lost');
  expect(useConnection.getState().info?.hostName).toBe('backup-01');
  await expect(client.jobs.list({})).rejects.toThrow('nothing was sent');
  engine.away = false;
  retryNow();
  await phase('online');
  await soon(() => expect(asked.filter((call) => call.path === 'system.changes')).toHaveLength(2));
  expect(asked.findLast((call) => call.path === 'system.changes')?.input).toEqual({ since: 41 });
});

test('another run of the engine is read from the start: its numbers are others', async () => {
  const engine = { startedAt: 1 };
  const { host, asked, cut } = standIn(engine);
  const everything = vi.fn();
  const stopListening = onTopics(['jobs'], everything);
  keep(host);
  await phase('online');
  engine.startedAt = 2;
  cut();
  await phase('lost');
  retryNow();
  await phase('online');
  await soon(() => expect(asked.filter((call) => call.path === 'system.changes')).toHaveLength(2));
  expect(asked.findLast((call) => call.path === 'system.changes')?.input).toEqual({});
  expect(everything).toHaveBeenCalled();
  stopListening();
});

test('an engine that comes back in another version is told of, until the old one is back', async () => {
  const engine = { version: '1.0' };
  const { host, cut } = standIn(engine);
  keep(host);
  await phase('online');
  const comeBack = async (version: string): Promise<void> => {
    engine.version = version;
    cut();
    await phase('lost');
    retryNow();
    await phase('online');
  };
  await comeBack('1.0');
  expect(useConnection.getState().updatedTo).toBeNull();
  await comeBack('1.1');
  expect(useConnection.getState().updatedTo).toBe('1.1');
  await comeBack('1.0');
  expect(useConnection.getState().updatedTo).toBeNull();
});

test('changes reach who listens to their topics; missed ones reach everybody', async () => {
  const { host, asked, announce } = standIn({});
  const jobs = vi.fn();
  const media = vi.fn();
  const stops = [onTopics(['jobs', 'sessions'], jobs), onTopics(['media'], media)];
  keep(host);
  await soon(() => expect(asked.some((call) => call.path === 'system.changes')).toBe(true));
  await new Promise((resolve) => setTimeout(resolve, 5));
  announce({ type: 'changed', seq: 42, topics: ['jobs', 'sessions'] });
  await soon(() => expect(jobs).toHaveBeenCalledTimes(1));
  expect(media).not.toHaveBeenCalled();
  await new Promise((resolve) => setTimeout(resolve, 5));
  announce({ type: 'resync', seq: 50 });
  await soon(() => expect(media).toHaveBeenCalledTimes(1));
  expect(jobs).toHaveBeenCalledTimes(2);
  for (const stopOne of stops) stopOne();
});

test('an engine that did not start says why, and so does every call', async () => {
  const refuse = new ORPCError('UNAVAILABLE', { message: 'The database is newer.', data: { advice: 'Start it.' } });
  const engine: { refuse?: ORPCError<string, object> } = { refuse };
  const { host } = standIn(engine);
  keep(host);
  await phase('failed');
  expect(useConnection.getState().problem).toMatchObject({ message: 'The database is newer.', advice: 'Start it.' });
  await expect(client.jobs.list({})).rejects.toThrow('The database is newer.');
  delete engine.refuse;
  retryNow();
  await phase('online');
});

test('a host with a sign-in is asked first, and connected to after it', async () => {
  const engine: { auth: AuthState } = { auth: 'sign-in' };
  const { host, asked } = standIn(engine);
  keep(host);
  await phase('sign-in');
  expect(useConnection.getState().auth).toBe('sign-in');
  expect(asked).toEqual([]);
  engine.auth = 'signed-in';
  retryNow();
  await phase('online');
});
