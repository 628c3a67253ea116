import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { armFaults } from '../faults/fault-points.ts';
import { openRecoveryKeys } from './recovery-file.ts';
import type { Encryption, Keys } from './restore-point.ts';
import { createFileKey, open as unseal, seal, sealedRole } from './sealing.ts';
import { blockBytes, disk, flipByte, readPoint, sameDisks, Scene } from './testing/scene.ts';
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
  await restoreDisk({ paths: [info.path], objectId: 'a', targetPath, verify: true, keys: { identities: [identity] } });
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

test('a chain may change its passphrase; copies have their own keys or none', async () => {
  const full = await scene.backUp(contents, [], { encryption: weak('old') });
  const next = { a: disk('aXcB.f', 321) };
  const keys = passphrases('old', 'new');
  const increment = await scene.backUp(next, [full.path], { encryption: weak('new'), keys });
  const sources = [increment.path, full.path];
  expect(sameDisks(await readPoint(sources, keys), next)).toBe('same');
  await expect(readPoint(sources, passphrases('new'))).rejects.toMatchObject({ code: 'wrong-key', path: full.path });
  expect((await checkPoint(sources, { level: 'digests', keys })).problems).toEqual([]);
  const common = { sources, take: 2, kind: 'full' as const, chainUuid: randomUUID(), parentFileUuid: null, keys };
  const clear = await copyPoint({ ...common, targetPath: scene.path('clear.rvb') });
  expect(clear.encrypted).toBe(false);
  expect(sameDisks(await readPoint([clear.path]), next)).toBe('same');
  const again = await copyPoint({
    ...common,
    sources: [clear.path],
    take: 1,
    targetPath: scene.path('again.rvb'),
    encryption: { recipients: [recipient] },
  });
  expect(sameDisks(await readPoint([again.path], { identities: [identity] }), next)).toBe('same');
});

test('encrypted files are merged and compacted, and never use a nonce twice', async () => {
  const keys = passphrases('secret');
  const encryption = weak('secret');
  const codec = 'none' as const;
  const full = await scene.backUp({ a: disk('abcd') }, [], { encryption, codec });
  const increment = await scene.backUp({ a: disk('aXcY') }, [full.path], { encryption, keys, codec });
  const nonces = new Set<string>();
  let count = 0;
  const collect = async (): Promise<void> => {
    const bytes = await readFile(full.path);
    // With codec none every stored block is block + 28 bytes long and they stand back to back from the key section on.
    const starts = [0, 1, 2, 3].map((block) => 8192 + 4096 + block * (blockBytes + 28));
    for (const start of starts) {
      nonces.add(bytes.subarray(start, start + 12).toString('hex'));
      count += 1;
    }
  };
  await collect();
  const merged = await mergeIntoFull({ fullPath: full.path, incrementPath: increment.path, keys });
  expect(merged.encrypted).toBe(true);
  expect(sameDisks(await readPoint([full.path], keys), { a: disk('aXcY') })).toBe('same');
  const compacted = await compact({ path: full.path, keys });
  expect(compacted).toMatchObject({ deadBytes: 0, encrypted: true });
  expect(sameDisks(await readPoint([full.path], keys), { a: disk('aXcY') })).toBe('same');
  await collect();
  await compact({ path: full.path, keys });
  await collect();
  expect(nonces.size).toBe(count);
  expect((await checkFile(full.path, { level: 'digests', keys })).problems).toEqual([]);
});

test('encrypted data is not merged into a full in clear', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  const increment = await scene.backUp({ a: disk('aX') }, [full.path], { encryption: weak('secret') });
  const merging = mergeIntoFull({ fullPath: full.path, incrementPath: increment.path, keys: passphrases('secret') });
  await expect(merging).rejects.toMatchObject({ code: 'invalid-request' });
});

test('sealed bytes open only with their key, role and place', () => {
  const key = createFileKey(randomUUID(), Buffer.alloc(32, 1));
  const plain = Buffer.from('sixteen tons');
  const sealed = seal(key, 3, sealedRole.block, 8192, plain);
  expect(unseal(key, sealedRole.block, 8192, sealed).equals(plain)).toBe(true);
  expect(seal(key, 4, sealedRole.block, 8192, plain).equals(sealed)).toBe(false);
  const otherFile = createFileKey(randomUUID(), Buffer.alloc(32, 1));
  const sameKey = { ...key, fileUuid: otherFile.fileUuid };
  expect(() => unseal(otherFile, sealedRole.block, 8192, sealed)).toThrow();
  expect(() => unseal(sameKey, sealedRole.block, 8192, sealed)).toThrow();
  expect(() => unseal(key, sealedRole.page, 8192, sealed)).toThrow();
  expect(() => unseal(key, sealedRole.block, 8193, sealed)).toThrow();
  for (let at = 0; at < sealed.length; at += 1) {
    const bent = Buffer.from(sealed);
    bent[at] = (bent[at] ?? 0) ^ 0x80;
    expect(() => unseal(key, sealedRole.block, 8192, bent)).toThrow();
  }
  expect(() => unseal(key, sealedRole.block, 8192, sealed.subarray(0, 27))).toThrow();
});

test('a merge that is tried again uses other nonces', async () => {
  const keys = passphrases('secret');
  const encryption = weak('secret');
  const full = await scene.backUp({ a: disk('ab') }, [], { encryption });
  const increment = await scene.backUp({ a: disk('aX') }, [full.path], { encryption, keys });
  const effect = { kind: 'error', code: 'EIO' } as const;
  const plan = armFaults([{ site: 'step.backup-file.data', when: 'before', nth: 2, target: full.path, effect }]);
  const merge = () => mergeIntoFull({ fullPath: full.path, incrementPath: increment.path, keys });
  await expect(merge()).rejects.toMatchObject({ code: 'io-error' });
  plan.disarm();
  const nonceEpoch = async (): Promise<number> => {
    const bytes = await readFile(full.path);
    return Math.max(bytes.readUInt32LE(108), bytes.readUInt32LE(4096 + 108));
  };
  expect(await nonceEpoch()).toBe(2);
  await merge();
  expect(await nonceEpoch()).toBe(3);
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
  await expect(readPoint([damaged], recovered)).rejects.toMatchObject({ code: 'corrupt' });
});
