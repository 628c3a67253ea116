import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { discoverIscsi } from './iscsi-discovery.ts';

/** A portal that takes every connection and never says a word. */
let server: Server;
const sockets = new Set<Socket>();
beforeEach(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const access = () => ({
  portal: `127.0.0.1:${(server.address() as AddressInfo).port}`,
  initiatorName: 'iqn.2026-11.example:test',
  chapUser: '',
  mutualChapUser: '',
  headerDigest: false,
  dataDigest: false,
});
const targets = Array.from({ length: 200 }, (_, n) => `iqn.2026-11.example:silent-${n}`);

test.each([
  ['two hundred silent targets', targets],
  ['a portal that does not list its targets', []],
])('%s cost no more than the limit of a search, and are told', async (_what, asked) => {
  const since = performance.now();
  const search = discoverIscsi(access(), { secrets: {}, targets: asked, limitMs: 400 });
  await expect(search).rejects.toMatchObject({
    name: 'OperationError',
    kind: 'unavailable',
    message: expect.stringMatching(/within 0\.4 s, the time allowed for a discovery/),
  });
  expect(performance.now() - since).toBeLessThan(5000);
});

test('a search that is stopped ends at once', async () => {
  const stop = new AbortController();
  const search = discoverIscsi(access(), { secrets: {}, targets, signal: stop.signal });
  setTimeout(() => stop.abort(new Error('stopped')), 50);
  await expect(search).rejects.toThrow('stopped');
});
