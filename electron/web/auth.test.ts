import { statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { TestClock } from '../engine/faults/clock.ts';
import { armFaults } from '../engine/faults/fault-points.ts';
import { equalInConstantTime } from '../hosting/constant-time-equal.ts';
import { RateLimit } from '../hosting/attempt-limits.ts';
import { Auth, guessLimits } from './auth.ts';
import { networkOf } from './network-of.ts';
import { PasswordFile } from './password-file.ts';
import {
  ask,
  cookieOf,
  cookiesOf,
  goodPassword,
  signUp,
  startTestConsole,
  type TestConsole,
} from './testing/test-console.ts';

let running: TestConsole | undefined;
afterEach(async () => {
  await running?.end();
  running = undefined;
});

async function start(clock = new TestClock(1_700_000_000_000)) {
  const started = await startTestConsole({ clock });
  running = started;
  const own = { Origin: `http://127.0.0.1:${started.port}` };
  const post = (urlPath: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(started.port, 'POST', urlPath, { ...own, ...headers }, body);
  const state = async (cookie = '') =>
    (await ask(started.port, 'GET', '/auth/state', cookie ? { Cookie: cookie } : {})).json as { state: string };
  return { started, clock, post, state };
}

test('the first password needs the printed token, works once, and signs in', async () => {
  const { started, post, state } = await start();
  expect(await state()).toEqual({ state: 'set-password' });
  expect((await post('/auth/sign-in', { password: goodPassword })).status).toBe(409);
  expect((await post('/auth/set-password', { password: goodPassword, token: 'guess' })).status).toBe(403);
  const short = await post('/auth/set-password', { password: 'short', token: started.firstStartToken });
  expect(short.status).toBe(422);
  expect(short.json).toMatchObject({ code: 'INVALID', message: 'A password has at least 12 characters.' });

  const set = await post('/auth/set-password', { password: goodPassword, token: started.firstStartToken });
  expect(set.json).toEqual({ state: 'signed-in' });
  const header = String(set.headers['set-cookie']);
  expect(header).toMatch(/^reelvault_[0-9a-f]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800,/);
  expect(await state(cookieOf(set))).toEqual({ state: 'signed-in' });
  expect(await state()).toEqual({ state: 'sign-in' });
  expect((await post('/auth/set-password', { password: goodPassword, token: started.firstStartToken })).status).toBe(
    409,
  );

  const file = path.join(started.dataDir, 'web-password.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const content = await readFile(file, 'utf8');
  expect(content).not.toContain(goodPassword);
  expect(JSON.parse(content)).toMatchObject({ algorithm: 'scrypt', blockSize: 8 });
});

test('a password that could not be written leaves the token good and nothing behind', async () => {
  const { started, post, state } = await start();
  const fault = {
    site: 'step.web.password-file',
    when: 'before',
    nth: 1,
    effect: { kind: 'error', code: 'ENOSPC' },
  } as const;
  const plan = armFaults([fault]);
  try {
    const failed = await post('/auth/set-password', { password: goodPassword, token: started.firstStartToken });
    expect(failed.status).toBe(500);
    expect(failed.text).not.toContain('ENOSPC');
    expect(plan.unfired()).toEqual([]);
  } finally {
    plan.disarm();
  }
  expect(await state()).toEqual({ state: 'set-password' });
  const again = await post('/auth/set-password', { password: goodPassword, token: started.firstStartToken });
  expect(again.status).toBe(200);
});

test('guessing is slowed, also in parallel, and the right password ends the slowing', async () => {
  const { clock, started, post } = await start();
  await signUp(started);
  const guesses = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => post('/auth/sign-in', { password: `guess ${n}` })));
  const statuses = guesses.map((guess) => guess.status).sort();
  expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
  const slowed = await post('/auth/sign-in', { password: goodPassword });
  expect(slowed.status).toBe(429);
  expect(slowed.headers['retry-after']).toBe('1');
  await clock.advance(1000);
  expect((await post('/auth/sign-in', { password: 'wrong again' })).status).toBe(401);
  expect((await post('/auth/sign-in', { password: goodPassword })).headers['retry-after']).toBe('2');
  await clock.advance(2000);
  expect((await post('/auth/sign-in', { password: goodPassword })).status).toBe(200);
  expect((await post('/auth/sign-in', { password: goodPassword })).status).toBe(200);
});

const linuxOnly = process.platform === 'linux';

test.runIf(linuxOnly)('forty guesses from forty addresses are no more than from one', async () => {
  const { clock, started } = await start();
  await signUp(started);
  const origin = { Origin: `http://127.0.0.1:${started.port}` };
  const guess = async (n: number, password: string) =>
    await ask(started.port, 'POST', '/auth/sign-in', origin, { password }, `127.0.0.${n}`);
  const statuses: number[] = [];
  for (let n = 2; n < 42; n += 1) statuses.push((await guess(n, `guess ${n}`)).status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(3);
  expect(statuses.filter((status) => status === 429)).toHaveLength(37);
  // And however long it goes on: with each pause taken at its end, no more than one in ten seconds is judged.
  let judged = 0;
  for (let second = 0; second < 600; second += 1) {
    await clock.advance(1000);
    if ((await guess(2 + (second % 200), 'again')).status === 401) judged += 1;
  }
  expect(judged).toBeLessThan(10 + 60);
});

test('strangers from everywhere share one budget of guesses', async () => {
  const clock = new TestClock(1_700_000_000_000);
  const folder = await mkdtemp(path.join(tmpdir(), 'reelvault-guesses-'));
  try {
    const password = new PasswordFile(path.join(folder, 'password.json'), { cost: 2 ** 10 });
    await password.set(goodPassword, 0);
    const auth = new Auth({ password, clock, instance: 'x', secure: true });
    const judged = async (addresses: readonly string[]): Promise<number> => {
      const replies = await Promise.all(
        addresses.map((address) => auth.signIn({ password: 'wrong' }, { address, cookies: undefined })),
      );
      return replies.filter((reply) => reply.status === 401).length;
    };
    const many = Array.from({ length: 200 }, (_, n) => `198.51.100.${n}`);
    expect(await judged(many)).toBe(guessLimits.strangers.burst);
    await clock.advance(60_000);
    expect(await judged(many)).toBe(6);
    await clock.advance(3_600_000);
    expect(await judged(Array.from({ length: 50 }, (_, n) => `2001:db8::${n.toString(16)}`))).toBe(3);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a browser that has signed in before is not held up by the guesses of strangers, only by its own', async () => {
  const { clock, started, post, state } = await start();
  const signedUp = await post('/auth/set-password', { password: goodPassword, token: started.firstStartToken });
  const [session = '', known = ''] = cookiesOf(signedUp);
  expect(known).toMatch(/^reelvault_[0-9a-f]{8}_known=[\w-]{22}\.[\w-]{43}$/);
  // It recognises, and signs nobody in.
  expect(await state(known)).toEqual({ state: 'sign-in' });
  const strangers = async (): Promise<number | undefined> => {
    let last: number | undefined;
    for (let n = 0; n < 14; n += 1) last = (await post('/auth/sign-in', { password: `guess ${n}` })).status;
    return last;
  };
  expect(await strangers()).toBe(429);
  expect((await post('/auth/sign-in', { password: goodPassword })).status).toBe(429);
  expect((await post('/auth/sign-in', { password: goodPassword }, { Cookie: known })).status).toBe(200);
  const change = { current: goodPassword, password: 'another long one' };
  expect((await post('/auth/change-password', change, { Cookie: session })).status).toBe(200);

  // The new password has forgotten the browser; a made-up cookie was never known.
  expect((await post('/auth/sign-in', { password: 'another long one' }, { Cookie: known })).status).toBe(429);
  const forged = `${known.split('=')[0]}=${'A'.repeat(22)}.${'A'.repeat(43)}`;
  expect((await post('/auth/sign-in', { password: 'another long one' }, { Cookie: forged })).status).toBe(429);
  // A stranger's own network waits half a minute at most.
  for (let n = 0; n < 20; n += 1) {
    await clock.advance(guessLimits.longestStrangerWaitMs);
    expect((await post('/auth/sign-in', { password: 'wrong' })).status).toBe(401);
  }
  await clock.advance(guessLimits.longestStrangerWaitMs);
  const again = await post('/auth/sign-in', { password: 'another long one' });
  expect(again.status).toBe(200);

  const mine = { Cookie: cookiesOf(again)[1] ?? '' };
  const own = await Promise.all([1, 2, 3, 4, 5].map((n) => post('/auth/sign-in', { password: `typo ${n}` }, mine)));
  expect(own.map((answer) => answer.status).sort()).toEqual([401, 401, 401, 429, 429]);
});

test('what one attacker has many addresses of is one network', () => {
  expect(networkOf('127.9.8.7')).toBe('loopback');
  expect(networkOf('::ffff:127.0.0.2')).toBe('loopback');
  expect(networkOf('::1')).toBe('loopback');
  expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
  expect(networkOf('2001:db8:0:1::5')).toBe('2001:db8:0:1::/64');
  expect(networkOf('2001:0DB8::1:aaaa:bbbb:cccc:dddd')).toBe('2001:db8:0:1::/64');
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
});

test('a session ends after 12 hours unused, after 7 days in any case, and when signed out', async () => {
  const { clock, started, post, state } = await start();
  const hour = 3_600_000;
  const idle = await signUp(started);
  await clock.advance(11 * hour);
  expect(await state(idle)).toEqual({ state: 'signed-in' });
  await clock.advance(12 * hour);
  expect(await state(idle)).toEqual({ state: 'sign-in' });

  const busy = cookieOf(await post('/auth/sign-in', { password: goodPassword }));
  for (let hours = 0; hours < 7 * 24 - 8; hours += 8) {
    await clock.advance(8 * hour);
    expect(await state(busy)).toEqual({ state: 'signed-in' });
  }
  await clock.advance(8 * hour);
  expect(await state(busy)).toEqual({ state: 'sign-in' });

  const third = cookieOf(await post('/auth/sign-in', { password: goodPassword }));
  const out = await post('/auth/sign-out', {}, { Cookie: third });
  expect(String(out.headers['set-cookie'])).toContain('Max-Age=0');
  expect(await state(third)).toEqual({ state: 'sign-in' });
});

test('changing the password needs the current one and signs everybody else out', async () => {
  const { started, post, state } = await start();
  const first = await signUp(started);
  const second = cookieOf(await post('/auth/sign-in', { password: goodPassword }));
  const change = { current: 'not the one', password: 'another long one' };
  expect((await post('/auth/change-password', change, { Cookie: first })).status).toBe(401);
  const changed = await post('/auth/change-password', { ...change, current: goodPassword }, { Cookie: first });
  expect(changed.status).toBe(200);
  expect(await state(first)).toEqual({ state: 'sign-in' });
  expect(await state(second)).toEqual({ state: 'sign-in' });
  expect(await state(cookieOf(changed))).toEqual({ state: 'signed-in' });
  expect((await post('/auth/sign-in', { password: goodPassword })).status).toBe(401);
  expect((await post('/auth/sign-in', { password: 'another long one' })).status).toBe(200);
});

test('bodies that are no JSON, too large or of another type are refused', async () => {
  const { started, post } = await start();
  const own = { Origin: `http://127.0.0.1:${started.port}` };
  expect((await post('/auth/sign-in', '{"password":')).status).toBe(400);
  expect((await post('/auth/sign-in', { password: 'x'.repeat(20_000) })).status).toBe(413);
  expect((await post('/auth/sign-in', ['a'])).status).toBe(422);
  const form = await ask(
    started.port,
    'POST',
    '/auth/sign-in',
    { ...own, 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': '10' },
    'password=x',
  );
  expect(form.status).toBe(415);
});

test('a damaged password file is said at start, not taken for "no password"', async () => {
  const first = await startTestConsole();
  running = first;
  await writeFile(path.join(first.dataDir, 'web-password.json'), '{"version":1}');
  await expect(startTestConsole({ dataDir: first.dataDir })).rejects.toThrow(/damaged.*--reset-password/);
});

test('texts are compared whole', () => {
  expect(equalInConstantTime('abc', 'abc')).toBe(true);
  expect(equalInConstantTime('abd', 'abc')).toBe(false);
  expect(equalInConstantTime('abcd', 'abc')).toBe(false);
  expect(equalInConstantTime('', 'abc')).toBe(false);
});

test('a rate limit gives its burst, then as much as time earns, and nothing for a clock set back', async () => {
  const clock = new TestClock(1_000_000);
  const rate = new RateLimit(clock, { burst: 3, perSecond: 2 });
  expect([rate.take(), rate.take(), rate.take(), rate.take()]).toEqual([true, true, true, false]);
  await clock.advance(500);
  expect([rate.take(), rate.take()]).toEqual([true, false]);
  clock.set(0);
  expect(rate.take()).toBe(false);
  await clock.advance(60_000);
  expect([rate.take(), rate.take(), rate.take(), rate.take()]).toEqual([true, true, true, false]);
});

test('without a cost of its own the password file uses the full one', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'reelvault-password-'));
  const file = new PasswordFile(path.join(directory, 'password.json'), { cost: undefined });
  try {
    await file.set('a password of its own', 0);
    expect(JSON.parse(await readFile(file.filePath, 'utf8'))).toMatchObject({ cost: 2 ** 17 });
  } finally {
    await rm(directory, { recursive: true });
  }
});
