import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestClock } from '../engine/faults/clock.ts';
import { checkRequest, hostName, type RequestFacts, type Verdict } from '../hosting/request-guard.ts';
import { ask, signUp, startTestConsole, type TestConsole } from './testing/test-console.ts';

const clock = new TestClock(Date.UTC(2026, 10, 21));
const upgradeHeaders = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};
let running: TestConsole;
let cookie: string;

beforeAll(async () => {
  running = await startTestConsole({ clock });
  cookie = await signUp(running);
});
afterAll(() => running.end());

// What each address is for: the methods it takes and whether it needs a session. Everything else follows from rules that
// hold for all of them, and the test below goes through every combination on the wire.
const addresses: Record<string, { methods: string[]; session: boolean; token: boolean; rpc?: true }> = {
  '/': { methods: ['GET', 'HEAD'], session: false, token: false },
  '/assets/main-1a2b.js': { methods: ['GET', 'HEAD'], session: false, token: false },
  '/healthz': { methods: ['GET', 'HEAD'], session: false, token: false },
  '/auth/state': { methods: ['GET', 'HEAD'], session: false, token: false },
  '/auth/set-password': { methods: ['POST'], session: false, token: false },
  '/auth/sign-in': { methods: ['POST'], session: false, token: false },
  '/auth/sign-out': { methods: ['POST'], session: true, token: false },
  '/auth/change-password': { methods: ['POST'], session: true, token: false },
  '/api/system': { methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], session: true, token: true },
  '/api/openapi.json': { methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], session: true, token: true },
  '/rpc': { methods: ['GET'], session: true, token: true, rpc: true },
};
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
const hosts = ['own', 'localhost', 'rebound.example', '127.0.0.1.nip.io'];
const origins = ['own', 'none', 'null', 'https://evil.example', 'other-port', 'other-scheme'];
const visitors = ['nobody', 'session', 'stale-session', 'token', 'wrong-token', 'session+wrong-token'];

function expected(path: string, method: string, host: string, origin: string, caller: string): number[] {
  const address = addresses[path];
  if (!address) return [404];
  if (host !== 'own' && host !== 'localhost') return [421];
  if (!address.methods.includes(method)) return [405];
  const wrongToken = address.session && caller.includes('wrong-token');
  if (wrongToken) return [401];
  const rightToken = address.session && caller === 'token';
  if (origin !== 'own' && origin !== 'none') return [403];
  const changes = !['GET', 'HEAD'].includes(method);
  if (origin === 'none' && (changes || address.rpc) && !rightToken) return [403];
  if (address.session && !(caller === 'session' || (address.token && caller === 'token'))) return [401];
  // Let in: what the address itself says then.
  if (address.rpc) return [101];
  return path.startsWith('/api') ? [200, 404] : path.startsWith('/auth') ? [200, 422] : [200];
}

interface Combination {
  path: string;
  method: string;
  host: string;
  origin: string;
  caller: string;
}

const combinations: Combination[] = Object.keys(addresses).flatMap((path) =>
  methods.flatMap((method) =>
    hosts.flatMap((host) =>
      origins.flatMap((origin) => visitors.map((caller) => ({ path, method, host, origin, caller }))),
    ),
  ),
);
const named = (one: Combination): string =>
  `${one.method} ${one.path} Host ${one.host} Origin ${one.origin} ${one.caller}`;

function hostHeader(host: string, port: number): string {
  return host === 'own' ? `127.0.0.1:${port}` : host === 'localhost' ? `localhost:${port}` : host;
}

function originHeader(origin: string, host: string): string | undefined {
  if (origin === 'none') return undefined;
  if (origin === 'own') return `http://${host}`;
  if (origin === 'other-port') return `http://${host.split(':')[0]}:1`;
  return origin === 'other-scheme' ? `https://${host}` : origin;
}

test('every path, method, Host, Origin and kind of caller gets the answer it should', () => {
  const wrong: string[] = [];
  for (const one of combinations) {
    const host = hostHeader(one.host, 7766);
    const token = addresses[one.path]?.session ? one.caller : '';
    const verdict = checkRequest(
      {
        method: one.method,
        path: one.path,
        upgrade: addresses[one.path]?.rpc === true,
        hosts: [host],
        origin: originHeader(one.origin, host),
        fetchSite: undefined,
        session: one.caller.startsWith('session'),
        bearer: token.endsWith('wrong-token') ? 'wrong' : token === 'token' ? 'right' : 'none',
      },
      { scheme: 'http', hostNames: ['127.0.0.1', 'localhost', '[::1]'] },
    );
    const right = expected(one.path, one.method, one.host, one.origin, one.caller);
    const open = right.some((status) => status < 400);
    if (verdict.allowed !== open || (!verdict.allowed && !right.includes(verdict.status))) wrong.push(named(one));
  }
  expect(wrong).toEqual([]);
  expect(combinations.length).toBeGreaterThan(10_000);
});

// Every seventh, which shares no factor with any column of the table: each pair of values comes up.
test('a running server answers by the same table', async () => {
  const wrong: string[] = [];
  const asked = combinations
    .filter((_one, index) => index % 7 === 0)
    // Signing out would end the session the rest of the table uses.
    .filter((one) => !(one.path === '/auth/sign-out' && one.caller === 'session' && one.origin === 'own'));
  for (const [index, one] of asked.entries()) {
    const { path, method, caller } = one;
    const host = hostHeader(one.host, running.port);
    const origin = originHeader(one.origin, host);
    const headers: Record<string, string> = { Host: host, ...(origin === undefined ? {} : { Origin: origin }) };
    if (caller.startsWith('session')) headers.Cookie = `other=1; ${cookie}`;
    if (caller === 'stale-session') headers.Cookie = `${cookie.split('=')[0]}=${'A'.repeat(43)}`;
    if (caller === 'token') headers.Authorization = `Bearer ${running.token}`;
    if (caller.endsWith('wrong-token')) headers.Authorization = `Bearer ${'B'.repeat(43)}`;
    if (addresses[path]?.rpc) Object.assign(headers, upgradeHeaders);
    if (index % 50 === 0) await clock.advance(20_000);
    const body = path.startsWith('/auth/') && method === 'POST' ? {} : undefined;
    const answer = await ask(running.port, method, path, headers, body);
    const right = expected(path, method, one.host, one.origin, caller);
    if (!right.includes(answer.status)) wrong.push(`${named(one)}: ${answer.status}, not ${right}`);
    if (answer.headers['access-control-allow-origin'] !== undefined) wrong.push(`CORS header: ${named(one)}`);
  }
  expect(wrong).toEqual([]);
}, 60_000);

const request: RequestFacts = {
  method: 'GET',
  path: '/rpc',
  upgrade: true,
  hosts: ['127.0.0.1:7766'],
  origin: 'http://127.0.0.1:7766',
  fetchSite: 'same-origin',
  session: true,
  bearer: 'none',
};
const policy = { scheme: 'http', hostNames: ['127.0.0.1', 'localhost', '[::1]'] } as const;
const status = (verdict: Verdict): number => (verdict.allowed ? 200 : verdict.status);

test.each<[string, Partial<RequestFacts>, number]>([
  ['a page of the console', {}, 200],
  ['through a tunnel on another port', { hosts: ['localhost:9000'], origin: 'http://localhost:9000' }, 200],
  ['by IPv6', { hosts: ['[::1]:7766'], origin: 'http://[::1]:7766' }, 200],
  ['a sibling port of the same host', { origin: 'http://127.0.0.1:3000' }, 403],
  [
    'a subresource of another site',
    { path: '/api/jobs', upgrade: false, origin: undefined, fetchSite: 'cross-site' },
    403,
  ],
  ['a link typed by the user', { path: '/api/jobs', upgrade: false, origin: undefined, fetchSite: 'none' }, 200],
  ['a plain GET of the socket', { upgrade: false }, 400],
  ['an upgrade elsewhere', { path: '/api/jobs' }, 400],
  ['the token without an origin', { session: false, bearer: 'right', origin: undefined, fetchSite: undefined }, 200],
  ['the token from a foreign page', { session: false, bearer: 'right', origin: 'http://evil.example' }, 403],
  ['no Host at all', { hosts: [] }, 421],
  ['two Hosts', { hosts: ['127.0.0.1:7766', 'evil.example'] }, 400],
  ['the same Host twice', { hosts: ['127.0.0.1:7766', '127.0.0.1:7766'] }, 400],
  ['a Host with user information', { hosts: ['a@127.0.0.1'] }, 421],
  ['something below the socket', { path: '/rpc/x' }, 404],
  ['an unknown sign-in call', { path: '/auth/other', method: 'POST', upgrade: false }, 404],
])('%s', (_what, change, expectedStatus) => {
  expect(status(checkRequest({ ...request, ...change }, policy))).toBe(expectedStatus);
});

/** The status line of an answer to exactly these bytes, which no HTTP client would send. */
function statusOf(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    socket.once('data', (data) => {
      resolve(data.toString('latin1').split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('two Host headers are refused on the wire, whichever comes first and whoever asks, upgrades too', async () => {
  const own = `Host: 127.0.0.1:${running.port}`;
  const token = `Authorization: Bearer ${running.token}`;
  const foreign = 'Host: evil.example';
  for (const hosts of [
    [own, foreign],
    [foreign, own],
    [own, own],
  ]) {
    expect(await statusOf(running.port, ['GET /healthz HTTP/1.1', ...hosts])).toBe('HTTP/1.1 400 Bad Request');
    expect(await statusOf(running.port, ['GET /api/system HTTP/1.1', ...hosts, token])).toMatch(/ 400 /);
    const upgrade = Object.entries(upgradeHeaders).map(([name, value]) => `${name}: ${value}`);
    expect(await statusOf(running.port, ['GET /rpc HTTP/1.1', ...hosts, token, ...upgrade])).toMatch(/ 400 /);
  }
  expect(await statusOf(running.port, ['GET /healthz HTTP/1.1', own])).toBe('HTTP/1.1 200 OK');
});

test('a flood is turned away, and neither the token nor a signed-in administrator with it', async () => {
  const own = { Host: `127.0.0.1:${running.port}` };
  const flood = async (): Promise<number[]> => {
    const answers = Array.from({ length: 300 }, () => ask(running.port, 'GET', '/healthz', own));
    return (await Promise.all(answers)).map((answer) => answer.status);
  };
  const seen: number[] = [];
  for (let round = 0; round < 5 && !seen.includes(429); round += 1) seen.push(...(await flood()));
  expect(seen).toContain(429);
  // The clock stands still: nobody has earned anything since.
  expect((await ask(running.port, 'GET', '/healthz', own)).status).toBe(429);
  const byToken = { ...own, Authorization: `Bearer ${running.token}` };
  const byCookie = { ...own, Cookie: cookie };
  const wrongToken = { ...own, Authorization: `Bearer ${'B'.repeat(43)}` };
  for (let time = 0; time < 20; time += 1) {
    expect((await ask(running.port, 'GET', '/api/jobs', byToken)).status).toBe(200);
    expect((await ask(running.port, 'GET', '/api/jobs', byCookie)).status).toBe(200);
    expect((await ask(running.port, 'GET', '/rpc', { ...byToken, ...upgradeHeaders })).status).toBe(101);
    expect((await ask(running.port, 'GET', '/', byCookie)).status).toBe(200);
  }
  expect((await ask(running.port, 'GET', '/api/jobs', wrongToken)).status).toBe(429);
  await clock.advance(20_000);
  expect((await ask(running.port, 'GET', '/healthz', own)).status).toBe(200);
});

test('a host name is taken out of its header, and nothing else is taken for one', () => {
  expect(hostName('LocalHost:80')).toBe('localhost');
  expect(hostName('[::1]')).toBe('[::1]');
  expect(hostName('localhost:80:80')).toBeUndefined();
  expect(hostName('localhost/evil')).toBeUndefined();
  expect(hostName('')).toBeUndefined();
});
