import { afterAll, beforeAll, expect, test } from 'vitest';
import { contract } from '../../shared/contract/contract.ts';
import { TestClock } from '../engine/faults/clock.ts';
import { ask, signUp, startTestConsole, type TestConsole } from './testing/test-console.ts';

const clock = new TestClock(Date.UTC(2026, 10, 21));
let running: TestConsole;
let cookie: string;

beforeAll(async () => {
  running = await startTestConsole({ clock });
  cookie = await signUp(running);
});
afterAll(() => running.end());

/** Every call of the contract as it is reached over HTTP. */
const calls = Object.values(contract).flatMap((members) =>
  Object.values(members).map((procedure) => {
    const { method = 'POST', path = '' } = procedure['~orpc'].route as { method?: string; path?: string };
    return { method, path: `/api${path.replace(/\{\w+\}/g, 'x')}` };
  }),
);

test('every call of the contract is guarded: no session, a foreign page, a rebound name and a wrong token are refused', async () => {
  expect(calls.length).toBeGreaterThan(60);
  const own = `127.0.0.1:${running.port}`;
  const wrong: string[] = [];
  for (const [index, { method, path }] of calls.entries()) {
    const visitors: [what: string, headers: Record<string, string>, statuses: number[]][] = [
      ['nobody', { Host: own, Origin: `http://${own}` }, [401]],
      ['nobody, no origin', { Host: own }, [401, 403]],
      ['a foreign page', { Host: own, Origin: 'https://evil.example', Cookie: cookie }, [403]],
      ['a page of another port', { Host: own, Origin: 'http://127.0.0.1:1', Cookie: cookie }, [403]],
      ['a sandboxed page', { Host: own, Origin: 'null', Cookie: cookie }, [403]],
      ['a rebound name', { Host: 'rebound.example', Origin: 'http://rebound.example', Cookie: cookie }, [421]],
      ['a wrong token', { Host: own, Authorization: `Bearer ${'B'.repeat(43)}`, Cookie: cookie }, [401, 403]],
      [
        'the token from a page',
        { Host: own, Origin: 'https://evil.example', Authorization: `Bearer ${running.token}` },
        [403],
      ],
      ['another site’s image', { Host: own, Cookie: cookie, 'Sec-Fetch-Site': 'cross-site' }, [403]],
    ];
    for (const [what, headers, statuses] of visitors) {
      const answer = await ask(
        running.port,
        method,
        path,
        headers,
        ['GET', 'DELETE'].includes(method) ? undefined : {},
      );
      if (!statuses.includes(answer.status)) wrong.push(`${method} ${path} by ${what}: ${answer.status}`);
      if (answer.headers['access-control-allow-origin'] !== undefined) wrong.push(`CORS header: ${method} ${path}`);
    }
    if (index % 5 === 0) await clock.advance(20_000);
  }
  expect(wrong).toEqual([]);
  // Nothing reached the engine.
  expect(running.calls.filter((call) => !call.startsWith('info by'))).toEqual([]);
}, 60_000);

test('a path that climbs or hides is no way around', async () => {
  const own = `127.0.0.1:${running.port}`;
  for (const path of [
    '/api/../rpc',
    '/API/system',
    '/api//system',
    '/api/%2e%2e/secret.json',
    '/assets/..%2f..%2fsecret.json',
    '/%00',
    '/api;x=1/system',
    '//evil.example/api/system',
  ]) {
    const { status, text } = await ask(running.port, 'GET', path, { Host: own });
    expect(text).not.toContain('"secret":true');
    expect([200, 400, 401, 403, 404]).toContain(status);
    if (status === 200) expect(text).toMatch(/<!doctype html>/);
  }
});
