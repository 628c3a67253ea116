import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from '../database/database.ts';
import { openInstallationSecret, type KeyRing } from './installation-secret.ts';
import { SqlKeyStore } from './key-store.ts';
import { Sealer } from './sealer.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'reelvault-secret-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const has = (name: string): boolean => existsSync(path.join(folder, name));

/** A key ring that turns text around; `broken` names what fails. */
const keyRing = (broken?: 'seal' | 'unseal' | 'lies', refusal?: string): KeyRing => ({
  ...(refusal === undefined ? {} : { refusal }),
  seal: (text) =>
    broken === 'seal'
      ? Promise.reject(new Error('no bus'))
      : Promise.resolve(Buffer.from([...text].reverse().join(''))),
  unseal: (sealed) =>
    broken === 'unseal'
      ? Promise.reject(new Error('locked'))
      : Promise.resolve({
          text: broken === 'lies' ? 'else' : [...sealed.toString().replace(/^old:/, '')].reverse().join(''),
          renew: sealed.toString().startsWith('old:'),
        }),
});

test('without a key ring: a file of mode 0600, made once', async () => {
  const first = await openInstallationSecret(folder, undefined);
  expect(first).toMatchObject({ keptIn: 'file' });
  expect(first.warning).toBeUndefined();
  expect(first.secret).toHaveLength(32);
  expect(statSync(path.join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
  expect((await openInstallationSecret(folder, undefined)).secret).toEqual(first.secret);
});

test('with a key ring the file goes away, and the secret stays the same', async () => {
  const { secret } = await openInstallationSecret(folder, undefined);
  expect(await openInstallationSecret(folder, keyRing())).toEqual({ secret, keptIn: 'key-ring' });
  expect(has('secret.key')).toBe(false);
  expect(readFileSync(path.join(folder, 'secret.sealed'), 'utf8')).not.toContain(secret?.toString('hex'));
  expect(await openInstallationSecret(folder, keyRing())).toEqual({ secret, keptIn: 'key-ring' });
});

test.each(['seal', 'unseal', 'lies'] as const)(
  'a key ring that fails (%s) leaves the file, and says so',
  async (how) => {
    const { secret } = await openInstallationSecret(folder, undefined);
    const kept = await openInstallationSecret(folder, keyRing(how));
    expect(kept).toMatchObject({ secret, keptIn: 'file' });
    expect(kept.warning).toMatch(/key ring failed/);
    expect(has('secret.key')).toBe(true);
    expect(has('secret.sealed')).toBe(false);
  },
);

test('a key ring that cannot be trusted gives back what it has, and gets nothing', async () => {
  const { secret } = await openInstallationSecret(folder, keyRing());
  const back = await openInstallationSecret(folder, keyRing(undefined, 'there is no key ring.'));
  expect(back).toMatchObject({ secret, keptIn: 'file', warning: expect.stringContaining('no key ring') as string });
  expect([has('secret.key'), has('secret.sealed')]).toEqual([true, false]);
});

test('what was interrupted between the two copies is finished; the readable one counts', async () => {
  const { secret } = await openInstallationSecret(folder, undefined);
  writeFileSync(path.join(folder, 'secret.sealed'), 'torn');
  expect(await openInstallationSecret(folder, keyRing())).toEqual({ secret, keptIn: 'key-ring' });
});

test('a secret under an old key of the key ring is sealed again', async () => {
  const { secret } = await openInstallationSecret(folder, keyRing());
  const file = path.join(folder, 'secret.sealed');
  const fresh = readFileSync(file, 'utf8');
  writeFileSync(file, `old:${fresh}`);
  expect(await openInstallationSecret(folder, keyRing('seal'))).toEqual({ secret, keptIn: 'key-ring' });
  expect(readFileSync(file, 'utf8')).toBe(`old:${fresh}`);
  expect(await openInstallationSecret(folder, keyRing())).toEqual({ secret, keptIn: 'key-ring' });
  expect(readFileSync(file, 'utf8')).toBe(fresh);
});

test('a sealed secret without its key ring: the engine works, passphrases say why they cannot be read', async () => {
  const database = new Database(path.join(folder, 'reelvault.db'));
  try {
    const keys = async (given: KeyRing | undefined): Promise<SqlKeyStore> => {
      const { secret, warning } = await openInstallationSecret(folder, given);
      return new SqlKeyStore(database, new Sealer(secret, warning));
    };
    const open = await keys(keyRing());
    const id = database.now((work) => open.add(work, { name: 'tape key', hint: '', passphrase: 'correct horse' }, 1));
    expect(open.passphrase(id)).toBe('correct horse');
    for (const [given, says] of [
      [undefined, /desktop console/],
      [keyRing('unseal'), /locked/],
      [keyRing('lies'), /is damaged/],
    ] as const) {
      const shut = await keys(given);
      expect(shut.list()).toHaveLength(1);
      expect(() => shut.passphrase(id)).toThrow(says);
      expect(() => database.now((work) => shut.add(work, { name: 'other', hint: '', passphrase: 'x' }, 1))).toThrow(
        says,
      );
      expect(shut.passphrases([id])).toEqual([]);
    }
    // Sealed under another secret: the key is named, and the way out.
    const other = new SqlKeyStore(database, new Sealer(Buffer.alloc(32)));
    expect(() => other.passphrase(id)).toThrow(/“tape key” cannot be read/);
    expect((await keys(keyRing())).passphrases([id, 'gone'])).toEqual(['correct horse']);
  } finally {
    database.close();
  }
});

test('a damaged key file is not replaced', async () => {
  writeFileSync(path.join(folder, 'secret.key'), 'abc');
  for (const given of [undefined, keyRing()]) {
    const state = await openInstallationSecret(folder, given);
    expect(state.secret).toBeUndefined();
    expect(state.warning).toMatch(/secret.key is damaged/);
  }
  expect(readFileSync(path.join(folder, 'secret.key'), 'utf8')).toBe('abc');
});
