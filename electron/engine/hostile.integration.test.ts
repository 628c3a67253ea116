import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { messageOf } from '../../shared/domain/message-of.ts';
import { buildChains } from '../../shared/domain/chain.ts';
import { decodeDocument, DocumentError, list, text } from './tape/archive/fields.ts';
import { World } from './testing/scenario.ts';

let world: World;
afterEach(() => world?.close());

const names = [
  '../../../outside',
  '..',
  '.',
  '/etc/passwd',
  'C:\\Windows\\System32',
  '..\\..\\outside',
  'CON',
  'aux.txt',
  '-rf *',
  '$(touch outside)',
  '`touch outside`',
  'a\u202egnp.exe',
  'trailing. ',
  '~root',
  'é'.normalize('NFD'),
  'x'.repeat(120),
];

async function everythingUnder(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

test('names of jobs, machines and disks are data: nothing is written outside the repository or the restore folder', async () => {
  world = await World.create({ diskMib: 2, fillMib: 1, cartridges: 4, cartridgeMib: 16 });
  await mkdir(world.path('disks'));
  await writeFile(world.disk, Buffer.alloc(2 ** 20, 'hostile'));
  const repositoryId = await world.addRepository('primary');
  const outside = async (): Promise<string[]> => (await readdir(world.root)).sort();
  for (const [index, name] of names.entries()) {
    const { id } = await world.client.jobs.create({
      settings: {
        kind: 'backup',
        name: `${name}`,
        machines: [{ name, platform: 'generic', disks: [{ path: world.disk, name }] }],
        repositoryId,
      },
    });
    await world.run(id);
    expect((await world.client.jobs.get({ id })).settings.name).toBe(name.trim());
    if (index > 5) continue;
    const point = (await world.points('disk')).find((one) => one.machineName === name.trim());
    const folder = world.path(`restored-${index}`);
    await world.ended((await world.client.restores.disks({ pointId: point?.id ?? '', folder })).sessionId);
    expect(await readdir(folder)).toHaveLength(1);
  }
  const library = await world.addLibrary();
  const pool = await world.createPool('../../pool');
  const { id: tape } = await world.client.jobs.create({
    settings: {
      kind: 'backup-to-tape',
      name: '../tape',
      sources: { repositoryIds: [repositoryId] },
      fullPoolId: pool,
    },
  });
  await world.run(tape);
  const onTape = await world.points('tape');
  expect(onTape).toHaveLength(names.length);
  const restored = await world.addRepository('from-tape');
  await world.ended(
    (await world.client.restores.fromTape({ pointIds: onTape.map(({ id }) => id), repositoryId: restored })).sessionId,
  );
  const expected = ['data', 'disks', 'from-tape', 'library', 'primary'];
  expect((await outside()).filter((name) => !name.startsWith('restored-'))).toEqual(expected);
  for (const folder of ['primary', 'from-tape']) {
    for (const path of await everythingUnder(world.path(folder))) {
      expect(path.split('/').every((part) => part !== '..' && part.length <= 255)).toBe(true);
    }
  }
  for (const barcode of ['../x', 'A/B', '..', 'a', '']) {
    await expect(world.client.tape.insertCartridge({ id: library, barcode })).rejects.toMatchObject({
      status: expect.any(Number) as number,
    });
  }
});

test('documents with deep nesting, huge counts and loops are refused or cut short', () => {
  const deep = Buffer.from(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
  expect(() => decodeDocument(deep, text(), 'deep', 2 ** 20)).toThrow(DocumentError);
  const deepObject = Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  expect(() => decodeDocument(deepObject, text(), 'deep', 2 ** 20)).toThrow(DocumentError);
  const many = Buffer.from(`[${'"a",'.repeat(100_000)}"a"]`);
  expect(() => decodeDocument(many, list(text(), 1000), 'many', 2 ** 20)).toThrow(DocumentError);
  expect(() => decodeDocument(Buffer.alloc(2 ** 20 + 1, ' '), text(), 'large', 2 ** 20)).toThrow(DocumentError);
  // Backup files that name each other as parents, and one that names itself.
  const file = (fileUuid: string, parent: string) => ({
    fileUuid,
    state: `s${fileUuid}`,
    parent: { pointUuid: `p${parent}`, state: `s${parent}` },
    chainUuid: 'c',
    kind: 'increment' as const,
    absorbed: [],
    pointUuid: `p${fileUuid}`,
    machineId: 'm',
    createdAt: 1,
    path: fileUuid,
    sizeBytes: 1,
  });
  const loop = Array.from({ length: 20_000 }, (_, index) => file(String(index), String((index + 1) % 20_000)));
  const chains = buildChains([...loop, file('self', 'self')]);
  expect(chains.flatMap((chain) => chain.files).every((entry) => entry.state === 'incomplete')).toBe(true);
});

const secrets = {
  passphrase: 'Kx7-correct-horse-battery-9431',
  chapSecret: 'Qm4chap-secret-5582',
  mutualChapSecret: 'Zt8mutual-secret-1177',
};

/** Every file below a folder that holds one of the secrets, in clear or in a usual encoding. */
async function filesWithSecrets(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!path.isFile()) continue;
    const content = await readFile(join(path.parentPath, path.name));
    for (const [name, secret] of Object.entries(secrets)) {
      const shapes = [
        secret,
        Buffer.from(secret).toString('base64'),
        Buffer.from(secret).toString('hex'),
        encodeURIComponent(secret),
      ];
      if (shapes.some((shape) => content.includes(shape))) found.push(`${name} in ${join(path.parentPath, path.name)}`);
    }
  }
  return found;
}

test('no secret that was ever set is in a log, a session, a reply, an error or a file', async () => {
  world = await World.create({ diskMib: 8, fillMib: 1, cartridges: 3, cartridgeMib: 16 });
  await world.makeDisk();
  const { client } = world;
  const replies: unknown[] = [];
  const ask = async (call: Promise<unknown>): Promise<void> => {
    replies.push(
      await call.catch((error: unknown) => ({
        ...(error as object),
        message: messageOf(error),
      })),
    );
  };
  const { id: keyId } = await client.credentials.addKey({
    name: 'Vault',
    hint: 'the usual',
    passphrase: secrets.passphrase,
  });
  await ask(client.credentials.addKey({ name: 'Vault', hint: '', passphrase: secrets.passphrase }));
  await ask(client.credentials.addKey({ name: '', hint: '', passphrase: secrets.passphrase }));
  const device = { target: 'iqn.2003-01.com.example:library', lun: 0 };
  const connection = {
    kind: 'iscsi' as const,
    portal: '127.0.0.1:9',
    chapUser: 'reel',
    mutualChapUser: 'vault',
    changer: device,
    drives: [{ ...device, lun: 1 }],
  };
  const chap = { chapSecret: secrets.chapSecret, mutualChapSecret: secrets.mutualChapSecret };
  await ask(client.tape.test({ connection, secrets: chap }));
  await ask(client.tape.attach({ settings: { name: 'Far', connection, secrets: chap } }));
  await ask(
    client.tape.attach({ settings: { name: 'Far', connection: { ...connection, portal: '!' }, secrets: chap } }),
  );
  const repositoryId = await world.addRepository('primary');
  const { id: backup } = await client.jobs.create({
    settings: {
      kind: 'backup',
      name: 'Encrypted',
      machines: [{ name: 'erp-01', platform: 'generic', disks: [{ path: world.disk }] }],
      repositoryId,
      keyId,
    },
  });
  await world.run(backup);
  await world.addLibrary();
  await world.run(await world.createTapeJob(backup, await world.createPool()));
  await world.client.jobs.update({
    id: backup,
    version: 1,
    settings: { ...(await client.jobs.get({ id: backup })).settings, description: 'changed' } as never,
  });
  await ask(client.credentials.removeKey({ id: keyId }));
  // Everything that can be read through the API.
  await ask(client.credentials.keys({}));
  await ask(client.jobs.list({}));
  await ask(client.jobs.get({ id: backup }));
  await ask(client.tape.libraries({}));
  for (const { id } of (await client.tape.libraries({})).rows) await ask(client.tape.library({ id }));
  await ask(client.backups.points({}));
  await ask(client.repositories.list({}));
  const { rows } = await client.sessions.list({ limit: 1000 });
  expect(rows.length).toBeGreaterThan(2);
  for (const { id } of rows) await ask(client.sessions.get({ id }));
  const said = JSON.stringify(replies);
  for (const secret of Object.values(secrets)) expect(said.includes(secret)).toBe(false);
  await world.reopen();
  expect(await filesWithSecrets(world.root)).toEqual([]);
  // The search itself finds what is there.
  await writeFile(world.path('planted'), `x${secrets.chapSecret}x`);
  expect(await filesWithSecrets(world.root)).toHaveLength(1);
});
