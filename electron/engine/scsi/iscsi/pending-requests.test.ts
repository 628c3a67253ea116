import { expect, test, vi } from 'vitest';
import { type Connection, ConnectionLost } from './connection.ts';
import type { TargetPdu } from './pdu.ts';
import { PendingRequests } from './pending-requests.ts';

function scene(limitMs: number) {
  const connection = { send: vi.fn<() => void>(), drop: vi.fn<(reason: Error) => void>() };
  return { connection, requests: new PendingRequests(connection as unknown as Connection, limitMs) };
}
const answer = (tag: number): TargetPdu => ({ tag, responseCode: 0 }) as TargetPdu;

test('each request gets the answer with its tag; others are ignored', async () => {
  const { requests } = scene(60_000);
  const first = requests.send(1, new Uint8Array(48), 'logout');
  const second = requests.send(2, new Uint8Array(48), 'logout');
  requests.answered(answer(7));
  requests.answered(answer(2));
  requests.answered(answer(1));
  expect((await first).tag).toBe(1);
  expect((await second).tag).toBe(2);
});

test('no answer in time gives the connection up', async () => {
  const { connection, requests } = scene(10);
  const sent = requests.send(1, new Uint8Array(48), 'abort of a command');
  await vi.waitFor(() => expect(connection.drop).toHaveBeenCalledOnce());
  const [reason] = connection.drop.mock.calls[0] ?? [];
  expect(reason?.message).toContain('no answer to the abort of a command');
  requests.end(reason as Error);
  await expect(sent).rejects.toBe(reason);
});

test('without a session nothing waits: neither what was asked nor what is asked later', async () => {
  const { connection, requests } = scene(60_000);
  const before = requests.send(1, new Uint8Array(48), 'logout');
  const lost = new ConnectionLost('was closed');
  requests.end(lost);
  await expect(before).rejects.toBe(lost);
  await expect(requests.send(2, new Uint8Array(48), 'logout')).rejects.toBe(lost);
  expect(connection.send).toHaveBeenCalledTimes(1);
});
