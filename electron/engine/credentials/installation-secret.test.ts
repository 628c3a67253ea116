import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from '../database/database.ts';
import { openInstallationSecret, type SecretVault } from './installation-secret.ts';
import { KeyStore } from './key-store.ts';
import { Sealer } from './sealer.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'reelvault-secret-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const has = (name: string): boolean => existsSync(path.join(folder, name));

/** A vault that turns text around; `broken` names what fails. */
const vault = (broken?: 'seal' | 'unseal' | 'lies', refusal?: string): SecretVault => ({
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

test('without a vault: a file of mode 0600, made once', async () => {
  const first = await openInstallationSecret(folder, undefined);
  expect(first).toMatchObject({ keptIn: 'file' });
  expect(first.warning).toBeUndefined();
  expect(first.secret).toHaveLength(32);
  expect(statSync(path.join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
  expect((await openInstallationSecret(folder, undefined)).secret).toEqual(first.secret);
});

test('with a vault the file goes away, and the secret stays the same', async () => {
  const { secret } = await openInstallationSecret(folder, undefined);
  expect(await openInstallationSecret(folder, vault())).toEqual({ secret, keptIn: 'vault' });
  expect(has('secret.key')).toBe(false);
  expect(readFileSync(path.join(folder, 'secret.sealed'), 'utf8')).not.toContain(secret?.toString('hex'));
  expect(await openInstallationSecret(folder, vault())).toEqual({ secret, keptIn: 'vault' });
});

test.each(['seal', 'unseal', 'lies'] as const)('a vault that fails (%s) leaves the file, and says so', async (how) => {
  const { secret } = await openInstallationSecret(folder, undefined);
  const kept = await openInstallationSecret(folder, vault(how));
  expect(kept).toMatchObject({ secret, keptIn: 'file' });
  expect(kept.warning).toMatch(/key ring failed/);
  expect(has('secret.key')).toBe(true);
  expect(has('secret.sealed')).toBe(false);
});

test('a vault that cannot be trusted gives back what it has, and gets nothing', async () => {
  const { secret } = await openInstallationSecret(folder, vault());
  const back = await openInstallationSecret(folder, vault(undefined, 'there is no key ring.'));
  expect(back).toMatchObject({ secret, keptIn: 'file', warning: expect.stringContaining('no key ring') as string });
  expect([has('secret.key'), has('secret.sealed')]).toEqual([true, false]);
});

test('what was interrupted between the two copies is finished; the readable one counts', async () => {
  const { secret } = await openInstallationSecret(folder, undefined);
  writeFileSync(path.join(folder, 'secret.sealed'), 'torn');
  expect(await openInstallationSecret(folder, vault())).toEqual({ secret, keptIn: 'vault' });
});

test('a secret under an old key of the vault is sealed again', async () => {
  const { secret } = await openInstallationSecret(folder, vault());
  const file = path.join(folder, 'secret.sealed');
  const fresh = readFileSync(file, 'utf8');
  writeFileSync(file, `old:${fresh}`);
  expect(await openInstallationSecret(folder, vault('seal'))).toEqual({ secret, keptIn: 'vault' });
  expect(readFileSync(file, 'utf8')).toBe(`old:${fresh}`);
  expect(await openInstallationSecret(folder, vault())).toEqual({ secret, keptIn: 'vault' });
  expect(readFileSync(file, 'utf8')).toBe(fresh);
});

test('a sealed secret without its vault: the engine works, passphrases say why they cannot be read', async () => {
  const database = new Database(path.join(folder, 'reelvault.db'));
  try {
    const keys = async (given: SecretVault | undefined): Promise<KeyStore> => {
      const { secret, warning } = await openInstallationSecret(folder, given);
      return new KeyStore(database, new Sealer(secret, warning));
    };
    const open = await keys(vault());
    const id = open.add({ name: 'tape key', hint: '', passphrase: 'correct horse' }, 1);
    expect(open.passphrase(id)).toBe('correct horse');
    for (const [given, says] of [
      [undefined, /desktop console/],
      [vault('unseal'), /locked/],
      [vault('lies'), /is damaged/],
    ] as const) {
      const shut = await keys(given);
      expect(shut.list()).toHaveLength(1);
      expect(() => shut.passphrase(id)).toThrow(says);
      expect(() => shut.add({ name: 'other', hint: '', passphrase: 'x' }, 1)).toThrow(says);
      expect(shut.passphrases([id])).toEqual([]);
    }
    // Sealed under another secret: the key is named, and the way out.
    const other = new KeyStore(database, new Sealer(Buffer.alloc(32)));
    expect(() => other.passphrase(id)).toThrow(/“tape key” cannot be read/);
    expect((await keys(vault())).passphrases([id, 'gone'])).toEqual(['correct horse']);
  } finally {
    database.close();
  }
});

test('a damaged key file is not replaced', async () => {
  writeFileSync(path.join(folder, 'secret.key'), 'abc');
  for (const given of [undefined, vault()]) {
    const state = await openInstallationSecret(folder, given);
    expect(state.secret).toBeUndefined();
    expect(state.warning).toMatch(/secret.key is damaged/);
  }
  expect(readFileSync(path.join(folder, 'secret.key'), 'utf8')).toBe('abc');
});
