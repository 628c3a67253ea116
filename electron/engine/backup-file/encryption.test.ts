import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { armFaults } from '../faults/fault-points.ts';

import { openRecoveryKeys } from './recovery-file.ts';
import type { Encryption, Keys } from './restore-point.ts';
import { openBody, openSessionKey, sealBody, sealSessionKey } from './sealing.ts';
import { NonceAudit } from './testing/records.ts';
import { disk, flipByte, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import {
  checkFile,
  checkPoint,
  compact,
  copyPoint,
  exportRecoveryKeys,
  mergeIntoFull,
  readBackupFileInfo,
  readSuperblock,
  restoreDisk,
} from './testing/by-path.ts';

let scene: Scene;
let identity: string;
let recipient: string;
beforeAll(async () => {
  scene = await Scene.create();
  identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

const weak = (passphrase: string): Encryption => ({ passphrase, passphraseWorkFactor: 10 });
const passphrases = (...texts: string[]): Keys => ({ passphrases: texts });
const contents = { a: disk('aBcB.f', 321) };

test('passphrase and identity each open a file made for both', async () => {
  const encryption = { ...weak('correct horse'), recipients: [recipient] };
  const info = await scene.backUp(contents, [], { encryption });
  expect(info).toMatchObject({ encrypted: true, deadBytes: 0 });
  const bothKeys = [passphrases('wrong', 'correct horse'), { identities: ['AGE-SECRET-KEY-1NOT', identity] }];
  for (const keys of bothKeys) {
    expect(await readBackupFileInfo(info.path, keys)).toEqual(info);
    expect(sameDisks(await readPoint([info.path], keys), contents)).toBe('same');
    expect((await checkFile(info.path, { level: 'digests', keys })).problems).toEqual([]);
  }
  const targetPath = scene.path('restored.img');
  await restoreDisk({ paths: [info.path], objectId: 'a', targetPath, keys: { identities: [identity] } });
  expect((await readFile(targetPath)).equals(contents.a)).toBe(true);
});

test('without a key only the superblock can be read', async () => {
  const info = await scene.backUp(contents, [], { encryption: { ...weak('secret'), recipients: [recipient] } });
  await expect(readBackupFileInfo(info.path)).rejects.toMatchObject({ code: 'key-needed', path: info.path });
  await expect(checkFile(info.path, { level: 'checksums' })).rejects.toMatchObject({ code: 'key-needed' });
  for (const keys of [passphrases('guess'), { identities: [await generateIdentity()] }]) {
    await expect(readBackupFileInfo(info.path, keys)).rejects.toMatchObject({ code: 'wrong-key' });
  }
  expect(await readSuperblock(info.path)).toMatchObject({ encrypted: true, fileUuid: info.fileUuid, kind: 'full' });
});

test('nothing of content or names is in an encrypted file', async () => {
  const info = await scene.backUp({ a: disk('BBB') }, [], { encryption: weak('secret'), codec: 'none' });
  const bytes = await readFile(info.path);
  for (const text of ['quick brown fox', 'web-01', 'Disk a', 'Nightly', 'secret'])
    expect(bytes.includes(text)).toBe(false);
});

test('malformed encryption is refused', async () => {
  for (const encryption of [{}, { recipients: ['age1nonsense'] }]) {
    await expect(scene.backUp(contents, [], { encryption })).rejects.toMatchObject({ code: 'invalid-request' });
  }
});

test('a chain may change its passphrase; a copy stays under the source’s key unless told otherwise', async () => {
  const full = await scene.backUp(contents, [], { encryption: weak('old') });
  const next = { a: disk('aXcB.f', 321) };
  const keys = passphrases('old', 'new');
  const increment = await scene.backUp(next, [full.path], { encryption: weak('new'), keys });
  const sources = [increment.path, full.path];
  expect(sameDisks(await readPoint(sources, keys), next)).toBe('same');
  await expect(readPoint(sources, passphrases('new'))).rejects.toMatchObject({ code: 'wrong-key', path: full.path });
  expect((await checkPoint(sources, { level: 'digests', keys })).problems).toEqual([]);
  const common = { sources, take: 2, kind: 'full' as const, chainUuid: randomUUID(), keys };
  const kept = await copyPoint({ ...common, targetPath: scene.path('kept.rvb') });
  expect(kept).toMatchObject({ encrypted: true, state: increment.state });
  // Under the newest file's key alone, and its blocks were not opened for it.
  expect(sameDisks(await readPoint([kept.path], passphrases('new')), next)).toBe('same');
  const clear = await copyPoint({ ...common, targetPath: scene.path('clear.rvb'), encryption: 'none' });
  expect(clear).toMatchObject({ encrypted: false, state: increment.state });
  expect(sameDisks(await readPoint([clear.path]), next)).toBe('same');
  const again = await copyPoint({
    ...common,
    sources: [clear.path],
    take: 1,
    targetPath: scene.path('again.rvb'),
    encryption: { recipients: [recipient] },
  });
  expect(again.state).toBe(increment.state);
  expect(sameDisks(await readPoint([again.path], { identities: [identity] }), next)).toBe('same');
});

test('encrypted files are merged, compacted and copied, and no nonce is used twice, whatever is rolled back', async () => {
  const keys = passphrases('secret');
  const encryption = weak('secret');
  const codec = 'none' as const;
  const audit = new NonceAudit();
  const full = await scene.backUp({ a: disk('abcd') }, [], { encryption, codec });
  const increment = await scene.backUp({ a: disk('aXcY') }, [full.path], { encryption, keys, codec });
  const before = [await readFile(full.path), await readFile(increment.path)];
  for (const bytes of before) audit.add(bytes);
  const merge = () => mergeIntoFull({ fullPath: full.path, incrementPath: increment.path, keys });
  expect(await merge()).toMatchObject({ encrypted: true, state: increment.state });
  expect(sameDisks(await readPoint([full.path], keys), { a: disk('aXcY') })).toBe('same');
  audit.add(await readFile(full.path));
  // Both files come back from a snapshot, and the same is done again.
  for (const [at, file] of [full, increment].entries()) await writeFile(file.path, before[at] ?? '');
  await merge();
  audit.add(await readFile(full.path));
  for (let times = 0; times < 2; times += 1) {
    expect(await compact({ path: full.path, keys })).toMatchObject({ deadBytes: 0, encrypted: true });
    audit.add(await readFile(full.path));
  }
  expect(sameDisks(await readPoint([full.path], keys), { a: disk('aXcY') })).toBe('same');
  const copy = { sources: [full.path], take: 1, kind: 'full' as const, chainUuid: randomUUID(), keys };
  for (const name of ['one.rvb', 'two.rvb']) {
    audit.add(await readFile((await copyPoint({ ...copy, targetPath: scene.path(name) })).path));
  }
  expect(audit.nonces).toBeGreaterThan(20);
  expect((await checkFile(full.path, { level: 'digests', keys })).problems).toEqual([]);
});

test('a chain is wholly encrypted or wholly plain', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  const mixed = scene.backUp({ a: disk('aX') }, [full.path], { encryption: weak('secret') });
  await expect(mixed).rejects.toMatchObject({ code: 'chain-mixed' });
});

test('a sealed body opens only with its key, header and counter', () => {
  const key = Buffer.alloc(32, 1);
  const header = Buffer.alloc(64, 2);
  const plain = Buffer.from('sixteen tons');
  const sealed = sealBody(key, header, 3, plain);
  expect(openBody(key, header, 3, sealed).equals(plain)).toBe(true);
  expect(sealBody(key, header, 4, plain).equals(sealed)).toBe(false);
  const bentHeader = (at: number): Buffer => {
    const bent = Buffer.from(header);
    bent[at] = 9;
    return bent;
  };
  expect(() => openBody(Buffer.alloc(32, 2), header, 3, sealed)).toThrow();
  expect(() => openBody(key, header, 4, sealed)).toThrow();
  for (const at of [0, 5, 20, 51]) expect(() => openBody(key, bentHeader(at), 3, sealed)).toThrow();
  // What follows is a checksum of these very bytes, and no part of them.
  expect(openBody(key, bentHeader(60), 3, sealed).equals(plain)).toBe(true);
  for (let at = 0; at < sealed.length; at += 1) {
    const bent = Buffer.from(sealed);
    bent[at] = (bent[at] ?? 0) ^ 0x80;
    expect(() => openBody(key, header, 3, bent)).toThrow();
  }
  expect(() => openBody(key, header, 3, sealed.subarray(0, 15))).toThrow();
  const session = Buffer.alloc(16, 5);
  const wrapped = sealSessionKey(key, session, Buffer.alloc(32, 6));
  expect(openSessionKey(key, session, wrapped).equals(Buffer.alloc(32, 6))).toBe(true);
  expect(() => openSessionKey(key, Buffer.alloc(16, 4), wrapped)).toThrow();
});

test('a merge that is tried again opens another session', async () => {
  const keys = passphrases('secret');
  const encryption = weak('secret');
  const audit = new NonceAudit();
  const full = await scene.backUp({ a: disk('ab') }, [], { encryption });
  const increment = await scene.backUp({ a: disk('aX') }, [full.path], { encryption, keys });
  const effect = { kind: 'error', code: 'EIO' } as const;
  const plan = armFaults([{ site: 'step.backup-file.superblock', when: 'before', nth: 1, target: full.path, effect }]);
  const merge = () => mergeIntoFull({ fullPath: full.path, incrementPath: increment.path, keys });
  await expect(merge()).rejects.toMatchObject({ code: 'io-error' });
  plan.disarm();
  audit.add(await readFile(full.path));
  await merge();
  audit.add(await readFile(full.path));
  expect(sameDisks(await readPoint([full.path], keys), { a: disk('aX') })).toBe('same');
});

test('a recovery file opens what it was made of', async () => {
  const one = await scene.backUp(contents, [], { encryption: weak('first') });
  const two = await scene.backUp(contents, [], { encryption: { recipients: [recipient] } });
  const clear = await scene.backUp(contents);
  const keys = { passphrases: ['first'], identities: [identity] };
  const text = await exportRecoveryKeys({
    paths: [one.path, two.path, clear.path],
    keys,
    protectWith: weak('in the safe'),
    createdAt: '2026-11-20T21:00:00Z',
  });
  expect(text).toContain('BEGIN AGE ENCRYPTED FILE');
  await expect(openRecoveryKeys(text, passphrases('guess'))).rejects.toMatchObject({ code: 'wrong-key' });
  const recovered = await openRecoveryKeys(text, passphrases('in the safe'));
  for (const { path } of [one, two]) {
    expect(sameDisks(await readPoint([path], recovered), contents)).toBe('same');
  }
  const other = await scene.backUp(contents, [], { encryption: weak('other') });
  await expect(readPoint([other.path], recovered)).rejects.toMatchObject({ code: 'wrong-key' });
  const damaged = scene.path('damaged-key.rvb');
  await writeFile(damaged, await readFile(one.path));
  await flipByte(damaged, 8192 + 20);
  // The key section stands twice.
  expect(sameDisks(await readPoint([damaged], recovered), contents)).toBe('same');
  expect((await readBackupFileInfo(damaged, recovered)).decay).toEqual([expect.stringContaining('the key section')]);
});
