import { request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { connect as tlsConnect, type ConnectionOptions } from 'node:tls';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Contract } from '../../shared/contract/contract.ts';
import { TestClock } from '../engine/faults/clock.ts';
import { sessionLimits } from './sign-in-sessions.ts';
import { closeCodes, socketLimits } from '../hosting/rpc-sockets.ts';
import { hostNamesOf } from './host-names.ts';
import { rsaTestCertificate, testCertificate } from './testing/test-certificate.ts';
import { ask, goodPassword, signUp, startTestConsole, type TestConsole } from './testing/test-console.ts';

let running: TestConsole | undefined;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await running?.end();
  running = undefined;
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function start(options: Parameters<typeof startTestConsole>[0] = {}): Promise<TestConsole> {
  running = await startTestConsole(options);
  return running;
}

function connect(started: TestConsole, headers: Record<string, string>) {
  const socket = new WebSocket(`ws://127.0.0.1:${started.port}/rpc`, { headers });
  sockets.push(socket);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  const client: ContractRouterClient<Contract> = createORPCClient(link);
  return { socket, closed, client };
}

const byCookie = (started: TestConsole, cookie: string) => ({
  Cookie: cookie,
  Origin: `http://127.0.0.1:${started.port}`,
});
const byToken = (started: TestConsole) => ({ Authorization: `Bearer ${started.token}`, 'X-Reelvault-User': 'ada' });

test('the contract over a socket: who asks is known, streams flow and end with the reader', async () => {
  const started = await start();
  const browser = connect(started, byCookie(started, await signUp(started)));
  const program = connect(started, byToken(started));
  expect((await browser.client.system.info()).product).toBe('Reelvault');
  await program.client.system.info();
  expect(started.calls).toEqual(['info by administrator', 'info by command line (ada)']);

  const changes = await browser.client.system.changes({});
  const first = changes.next();
  await expect.poll(() => (started.say(7), Promise.race([first, 'nothing yet']))).toMatchObject({ value: { seq: 7 } });
  await changes.return?.(undefined);
  await expect.poll(() => started.calls).toContain('changes ended');
});

test('an input is validated before it reaches the engine and the error says what is wrong, without a stack', async () => {
  const started = await start();
  const { client } = connect(started, byToken(started));
  const bad = client.jobs.list({ limit: 5000 });
  await expect(bad).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(client.jobs.run({ id: 'x' })).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503 });
  expect(started.log).toEqual([]);
});

test('a fault of the program is told without its words, and logged with them', async () => {
  const started = await start();
  const { client } = connect(started, byToken(started));
  await expect(client.jobs.list({ search: 'fault' })).rejects.toMatchObject({ message: 'Internal server error' });
  expect(started.log).toEqual(['call failed: the secret inside']);
});

test('signing out ends the sockets of that session at once, and no others', async () => {
  const started = await start();
  const cookie = await signUp(started);
  const { client, closed } = connect(started, byCookie(started, cookie));
  const other = connect(started, byToken(started));
  await client.system.info();
  await ask(started.port, 'POST', '/auth/sign-out', byCookie(started, cookie), {});
  expect(await closed).toBe(closeCodes.signedOut);
  await expect(client.system.info()).rejects.toThrow();
  expect(started.calls).toHaveLength(1);
  await other.client.system.info();
});

test('an expired session is noticed too', async () => {
  const clock = new TestClock(1_700_000_000_000);
  const started = await start({ clock });
  const { client, closed } = connect(started, byCookie(started, await signUp(started)));
  await client.system.info();
  await clock.advance(sessionLimits.idleMs);
  await expect(client.system.info()).rejects.toThrow();
  expect(await closed).toBe(closeCodes.signedOut);
});

test('a message that is too large, too many of them, or none of ours ends the socket', async () => {
  const started = await start({ clock: new TestClock(1_700_000_000_000) });
  const large = connect(started, byToken(started));
  await large.client.system.info();
  large.socket.send('x'.repeat(socketLimits.maxPayloadBytes + 1));
  expect(await large.closed).toBe(1009);

  const flood = connect(started, byToken(started));
  await flood.client.system.info();
  for (let n = 0; n <= socketLimits.messages.burst; n += 1) {
    flood.socket.send('{"i":"9","p":{"u":"/system/nothing"}}');
  }
  expect(await flood.closed).toBe(closeCodes.policy);

  for (const nonsense of ['{}', '[]', 'GET /', Buffer.from([1, 2, 3])]) {
    const odd = connect(started, byToken(started));
    await odd.client.system.info();
    odd.socket.send(nonsense);
    expect(await odd.closed).toBe(closeCodes.notUnderstood);
  }
});

test('the HTTP interface describes itself and answers with numbers in the query', async () => {
  const started = await start();
  const headers = byToken(started);
  const description = (await ask(started.port, 'GET', '/api/openapi.json', headers)).json as {
    paths: Record<string, object>;
  };
  expect(Object.keys(description.paths)).toContain('/jobs/{id}/run');
  const list = await ask(started.port, 'GET', '/api/jobs?offset=20&limit=10', headers);
  expect(list.json).toEqual({ rows: [], total: 0 });
  expect(started.calls).toEqual(['jobs 20 10']);
  const bad = await ask(started.port, 'GET', '/api/jobs?limit=many', headers);
  expect(bad.status).toBe(400);
  expect(bad.text).not.toMatch(/at .*\.(ts|js):\d/);
  expect((await ask(started.port, 'GET', '/api/nothing', headers)).status).toBe(404);
});

test('every answer has the protective headers, and each page its own nonce', async () => {
  const started = await start();
  const page = await ask(started.port, 'GET', '/');
  const nonce = /content="([^"]+)"/.exec(page.text)?.[1] ?? '';
  expect(nonce).toHaveLength(24);
  expect(page.headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonce}'`);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  expect(page.headers['cache-control']).toBe('no-store');
  expect((await ask(started.port, 'GET', '/')).text).not.toContain(nonce);
  const asset = await ask(started.port, 'GET', '/assets/main-1a2b.js');
  expect(asset.headers['cache-control']).toContain('immutable');
  for (const answer of [
    page,
    asset,
    await ask(started.port, 'GET', '/api/jobs'),
    await ask(started.port, 'GET', '/x'),
  ]) {
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
  }
});

test('an engine that did not start is said on the page, on every call and in the health check', async () => {
  const reason = 'The database <catalog> is damaged.';
  const started = await start({ openEngine: () => Promise.reject(new Error(reason)) });
  const page = await ask(started.port, 'GET', '/');
  expect(page.status).toBe(503);
  expect(page.text).toContain('The database &lt;catalog&gt; is damaged.');
  expect((await ask(started.port, 'GET', '/healthz')).json).toEqual({ state: 'failed' });
  const cookie = await signUp(started);
  const { client } = connect(started, byCookie(started, cookie));
  await expect(client.system.info()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining(reason),
  });
  await expect(client.sessions.list({})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const api = await ask(started.port, 'GET', '/api/jobs', { Cookie: cookie });
  expect(api.status).toBe(503);
  expect(api.json).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining(reason) });
});

test('while the engine starts, pages come and the health check says so', async () => {
  const port = await freePort();
  let fail: ((error: Error) => void) | undefined;
  const opening = startTestConsole({ port, openEngine: () => new Promise((_resolve, reject) => (fail = reject)) });
  await expect.poll(() => fail).toBeDefined();
  expect((await ask(port, 'GET', '/healthz')).json).toEqual({ state: 'starting' });
  expect((await ask(port, 'GET', '/')).status).toBe(200);
  fail?.(new Error('late trouble'));
  running = await opening;
  expect(running.web.engine.now).toMatchObject({ state: 'failed', reason: 'late trouble' });
  expect((await ask(port, 'GET', '/healthz')).json).toEqual({ state: 'failed' });
});

test('closing says goodbye to open sockets and closes the engine last', async () => {
  const started = await start();
  const { client, closed } = connect(started, byToken(started));
  await client.system.info();
  await started.web.close(2000);
  expect(await closed).toBe(closeCodes.goingAway);
  expect(started.calls.at(-1)).toBe('closed');
});

test('anything but loopback is refused without TLS', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toThrow(/only over TLS/);
});

test('a taken port is an error when it was asked for', async () => {
  const started = await start();
  await expect(startTestConsole({ port: started.port })).rejects.toThrow(
    `Port ${started.port} on 127.0.0.1 is in use.`,
  );
});

test('over TLS the cookie is for this host alone, and programs have an address of their own', async () => {
  const started = await start({ tls: testCertificate });
  expect(started.url).toMatch(/^https:/);
  const agent = { ca: testCertificate.cert };
  const origin = `https://127.0.0.1:${started.port}`;
  const body = JSON.stringify({ password: goodPassword, token: started.firstStartToken });
  const cookie = await new Promise<string>((resolve, reject) => {
    const headers = { Origin: origin, 'Content-Type': 'application/json', 'Content-Length': body.length };
    const request = httpsRequest(`${origin}/auth/set-password`, { method: 'POST', headers, ...agent }, (response) => {
      response.resume();
      expect(response.headers['strict-transport-security']).toBe('max-age=31536000');
      resolve(String(response.headers['set-cookie']));
    });
    request.once('error', reject);
    request.end(body);
  });
  expect(cookie).toMatch(/^__Host-reelvault_[0-9a-f]{8}=.*; Secure,__Host-reelvault_[0-9a-f]{8}_known=.*; Secure$/);

  expect(started.publishedUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const localPort = Number(new URL(started.publishedUrl).port);
  const { client } = connect({ ...started, port: localPort }, byToken(started));
  expect((await client.system.info()).product).toBe('Reelvault');
  expect((await ask(localPort, 'GET', '/')).status).toBe(404);
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  expect((await ask(localPort, 'GET', '/rpc', upgrade)).status).toBe(403);
  const wrong = { ...upgrade, Authorization: `Bearer ${'x'.repeat(43)}` };
  expect((await ask(localPort, 'GET', '/rpc', wrong)).status).toBe(401);
  const right = { ...upgrade, Authorization: `Bearer ${started.token}` };
  expect((await ask(localPort, 'GET', '/rpc', { ...right, Host: 'rebound.example' })).status).toBe(421);
  expect((await ask(localPort, 'GET', '/rpc', { ...right, Origin: 'https://evil.example' })).status).toBe(403);
});

test('TLS keeps recorded traffic safe from a key that is stolen later: no static RSA key exchange, nothing below 1.2', async () => {
  const started = await start({ tls: rsaTestCertificate });
  const handshake = (options: ConnectionOptions): Promise<string> =>
    new Promise((resolve) => {
      const ca = rsaTestCertificate.cert;
      const socket = tlsConnect({ host: '127.0.0.1', port: started.port, ca, ...options }, () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
        socket.destroy();
      });
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  const old = { maxVersion: 'TLSv1.2' } as const;
  for (const ciphers of ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA', 'kRSA']) {
    expect(await handshake({ ...old, ciphers })).toMatch(/HANDSHAKE_FAILURE/);
  }
  expect(await handshake({ ...old, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })).toMatch(/^TLSv1\.2 ECDHE/);
  expect(await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' })).toMatch(
    /ERR_/,
  );
  expect(await handshake({})).toMatch(/^TLSv1\.3 /);
});

test('names that a server answers to: its own, and every one of the computer when it listens everywhere', () => {
  const computer = { name: 'Backup01', addresses: ['127.0.0.1', '10.0.0.5', '2001:db8::1'] };
  expect(hostNamesOf('127.0.0.1', [], computer)).toEqual(['127.0.0.1', 'localhost', '[::1]']);
  expect(hostNamesOf('10.0.0.5', ['Vault.example'], computer)).toEqual(['vault.example', '10.0.0.5']);
  expect(hostNamesOf('::', [], computer)).toEqual([
    '127.0.0.1',
    'localhost',
    '[::1]',
    'backup01',
    '10.0.0.5',
    '[2001:db8::1]',
  ]);
});
