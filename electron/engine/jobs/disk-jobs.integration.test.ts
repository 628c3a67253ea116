import { existsSync } from 'node:fs';
import { cp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import { armFaults } from '../faults/fault-points.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '../testing/scenario.ts';

let world: World;
beforeEach(async () => {
  world = await World.create({ diskMib: 48, fillMib: 12, cartridges: 0, cartridgeMib: 16 });
  await world.makeDisk();
});
afterEach(() => world.close());

test('backup, changes, copy, rescan without the database: every point restores bit for bit', async () => {
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const backup = await world.createBackupJob(primary);
  const copy = await world.createCopyJob(backup, second);
  for (const round of [0, 1, 2]) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
    await world.run(copy);
  }
  const points = await world.points('disk');
  expect(points.map((point) => point.kind)).toEqual(['full', 'increment', 'increment']);
  expect(points.every((point) => point.state === 'complete')).toBe(true);
  expect((points[1]?.sizeBytes ?? 0) * 2).toBeLessThan(points[0]?.sizeBytes ?? 0);
  const copies = await world.points('copy');
  expect(copies.map((point) => [point.pointId, point.kind])).toEqual(
    points.map((point) => [point.pointId, point.kind]),
  );

  const again = await world.run(copy);
  expect(again.log.map((line) => line.text).join('\n')).toContain('Up to date');

  await world.reopenWithoutDatabase();
  for (const name of ['primary', 'second']) await world.addRepository(name);
  const imported = await world.points('imported');
  expect(imported).toHaveLength(6);
  for (const place of ['primary', 'second']) {
    const here = imported.filter((point) => point.locationName === place);
    for (const [index, point] of here.entries()) expect(await world.restoredDigest(point.id)).toBe(world.kept[index]);
  }
  await world.ended((await world.client.backups.verify({ pointIds: imported.map((point) => point.id) })).sessionId);
});

test('the first copy is a full synthesised from a chain of a full and increments', async () => {
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const backup = await world.createBackupJob(primary);
  for (const round of [0, 1, 2]) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
  }
  const copy = await world.createCopyJob(backup, second, 'periodic');
  await world.run(copy);
  const copies = await world.points('copy');
  expect(copies.map((point) => point.kind)).toEqual(['full']);
  await rm(join(world.root, 'primary', 'Nightly'), { recursive: true });
  expect(await world.restoredDigest(copies[0]?.id ?? '')).toBe(world.kept[2]);
});

test('retention merges the oldest increment into the full; what is kept restores', async () => {
  const primary = await world.addRepository('primary');
  const { id: backup } = await world.client.jobs.create({
    settings: {
      kind: 'backup',
      name: 'Short',
      machines: [{ name: 'erp-01', platform: 'proxmox-ve', disks: [{ path: world.disk }] }],
      repositoryId: primary,
      retention: { kind: 'points', count: 2 },
    },
  });
  for (const round of [0, 1, 2, 3]) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
  }
  const points = await world.points('disk');
  expect(points.map((point) => point.kind)).toEqual(['full', 'increment']);
  for (const [index, point] of points.entries())
    expect(await world.restoredDigest(point.id)).toBe(world.kept[index + 2]);
});

test('an increment that a merge had taken in and a crash left behind is gone after a rescan', async () => {
  const primary = await world.addRepository('primary');
  const backup = await world.createBackupJob(primary);
  for (const round of [0, 1]) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
  }
  const increment = (await world.points('disk'))[1]?.path ?? '';
  await cp(increment, `${increment}.kept`);
  const { settings, version } = await world.client.jobs.get({ id: backup });
  if (settings.kind !== 'backup') throw new Error('The backup job is no backup job.');
  await world.client.jobs.update({
    id: backup,
    version,
    settings: { ...settings, retention: { kind: 'points', count: 1 } },
  });
  await world.changeDisk(2);
  await world.keep();
  await world.run(backup);
  await cp(`${increment}.kept`, increment);
  await world.ended((await world.client.repositories.rescan({ id: primary })).sessionId);
  expect((await world.points('disk')).map((point) => point.kind)).toEqual(['full']);
  expect(existsSync(increment)).toBe(false);
  await world.checkPromises();
});

test('copies go on as increments after merges on both sides', async () => {
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const retention = { kind: 'points' as const, count: 2 };
  const { id: backup } = await world.client.jobs.create({
    settings: {
      kind: 'backup',
      name: 'Short',
      machines: [{ name: 'erp-01', platform: 'proxmox-ve', disks: [{ path: world.disk }] }],
      repositoryId: primary,
      retention,
    },
  });
  const { id: copy } = await world.client.jobs.create({
    settings: { kind: 'backup-copy', name: 'Copies', sources: { jobIds: [backup] }, repositoryId: second, retention },
  });
  await world.client.jobs.setEnabled({ id: copy, enabled: false });
  for (const round of [0, 1, 2, 3, 4]) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
    await world.run(copy);
  }
  const copies = await world.points('copy');
  expect(copies.map((point) => [point.kind, point.state])).toEqual([
    ['full', 'complete'],
    ['increment', 'complete'],
  ]);
  for (const [index, point] of copies.entries())
    expect(await world.restoredDigest(point.id)).toBe(world.kept[index + 3]);
});

test('an active full of a copy job copies the newest point once more, and copies go on from there', async () => {
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const backup = await world.createBackupJob(primary);
  const copy = await world.createCopyJob(backup, second);
  for (const round of [0, 1, 2]) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
    await world.run(copy);
    if (round === 1) await world.ended((await world.client.jobs.run({ id: copy, activeFull: true })).sessionId);
  }
  const copies = await world.points('copy');
  expect(copies.map((point) => point.kind).sort()).toEqual(['full', 'full', 'increment', 'increment']);
  const [, newest] = await world.points('disk');
  expect(
    copies
      .filter((point) => point.pointId === newest?.pointId)
      .map((point) => point.kind)
      .sort(),
  ).toEqual(['full', 'increment']);
  expect(copies.every((point) => point.state === 'complete')).toBe(true);
  // The chain that was there before is not needed any more by what came after.
  const restored = await Promise.all(copies.map((point) => world.restoredDigest(point.id)));
  expect(new Set(restored)).toEqual(new Set(world.kept));
  const { id, version, settings } = await world.client.jobs.get({ id: copy });
  const one = jobSettings.parse({ ...settings, retention: { kind: 'points', count: 1 } });
  await world.client.jobs.update({ id, version, settings: one });
  await world.changeDisk(3);
  await world.keep();
  await world.run(backup);
  await world.run(copy);
  const left = await world.points('copy');
  expect(left.map((point) => [point.kind, point.state])).toEqual([['full', 'complete']]);
  expect(await world.restoredDigest(left[0]?.id ?? '')).toBe(world.kept[3]);
});

test('a damaged block is found by verify, named, and only what needs it is marked', async () => {
  const primary = await world.addRepository('primary');
  const backup = await world.createBackupJob(primary);
  for (const round of [0, 1]) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
  }
  const [full, increment] = await world.points('disk');
  const file = await open(increment?.path ?? '', 'r+');
  await file.write(Buffer.from('damage'), 0, 6, 12_000);
  await file.close();
  const { sessionId } = await world.client.backups.verify({ pointIds: [increment?.id ?? ''] });
  const { log } = await world.ended(sessionId, 'failed');
  expect(log.some((line) => line.level === 'error')).toBe(true);
  expect((await world.points('disk')).map((point) => point.state)).toEqual(['complete', 'corrupt']);
  expect(await world.restoredDigest(full?.id ?? '')).toBe(world.kept[0]);
});

test('rescan names what is missing, corrupt and foreign, and nothing else is touched', async () => {
  const primary = await world.addRepository('primary');
  const backup = await world.createBackupJob(primary);
  for (const round of [0, 1]) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
  }
  const [full, increment] = await world.points('disk');
  await writeFile(join(world.root, 'primary', 'foreign.rvb'), 'this is no backup file');
  await writeFile(join(world.root, 'primary', 'left.rvb.partial'), 'half written');
  await cp(increment?.path ?? '', join(world.root, 'aside.rvb'));
  await rm(increment?.path ?? '');
  const { sessionId } = await world.client.repositories.rescan({ id: primary });
  const { log } = await world.ended(sessionId, 'warning');
  const text = log.map((line) => line.text).join('\n');
  expect(text).toContain('foreign.rvb');
  expect(text).toContain('left.rvb.partial: removed');
  expect(text).toContain('missing');
  const after = await world.points('disk');
  expect(after.map((point) => point.state)).toEqual(['complete', 'missing']);
  expect(await world.restoredDigest(full?.id ?? '')).toBe(world.kept[0]);
  await cp(join(world.root, 'aside.rvb'), increment?.path ?? '');
  await rm(join(world.root, 'primary', 'foreign.rvb'));
  await world.ended((await world.client.repositories.rescan({ id: primary })).sessionId);
  expect((await world.points('disk')).map((point) => point.state)).toEqual(['complete', 'complete']);
});

test('an encrypted backup restores with its key, and is listed but locked without it', async () => {
  const key = await world.client.credentials.addKey({ name: 'Site key', passphrase: 'correct horse battery' });
  const primary = await world.addRepository('primary');
  const { id: backup } = await world.client.jobs.create({
    settings: {
      kind: 'backup',
      name: 'Secret',
      machines: [{ name: 'erp-01', platform: 'scale-hypercore', disks: [{ path: world.disk }] }],
      repositoryId: primary,
      keyId: key.id,
    },
  });
  await world.keep();
  await world.run(backup);
  await world.changeDisk(1);
  await world.keep();
  await world.run(backup);
  for (const [index, point] of (await world.points('disk')).entries()) {
    expect(point.encrypted).toBe(true);
    expect(await world.restoredDigest(point.id)).toBe(world.kept[index]);
  }
  await world.reopenWithoutDatabase();
  const added = await world.client.repositories.add({
    settings: { name: 'primary', place: { kind: 'directory', path: world.path('primary') } },
  });
  await world.ended(added.sessionId, 'warning');
  const locked = (await world.client.backups.points({})).rows;
  expect(locked.map((point) => point.state)).toEqual(['incomplete', 'incomplete']);
  const asked = [locked[0]?.id ?? '', locked[1]?.pointId ?? '', 'no such point'];
  const found = (await world.client.backups.points({ ids: asked })).rows;
  expect(found.map((point) => point.id)).toEqual(locked.map((point) => point.id));
  expect((await world.client.backups.points({ ids: asked.slice(1, 2), origin: 'disk' })).total).toBe(0);
  const again = await world.client.credentials.addKey({ name: 'Site key', passphrase: 'correct horse battery' });
  await world.client.repositories.update({
    id: primary,
    version: 1,
    settings: { name: 'primary', place: { kind: 'directory', path: world.path('primary') }, keyIds: [again.id] },
  });
  await world.ended((await world.client.repositories.rescan({ id: primary })).sessionId);
  const points = await world.points('imported');
  expect(points.map((point) => point.state)).toEqual(['complete', 'complete']);
  expect(await world.restoredDigest(points[1]?.id ?? '')).toBe(world.kept[1]);
});

test('a backup that cannot be read back when it is registered has failed, and does not turn up at a rescan', async () => {
  const primary = await world.addRepository('primary');
  const backup = await world.createBackupJob(primary);
  await world.keep();
  await world.run(backup);
  await world.changeDisk(1);
  const effect = { kind: 'error', code: 'EIO' } as const;
  const faults = armFaults([{ site: 'fs.open', when: 'before', nth: 2, target: '~incr.rvb', effect }]);
  try {
    await world.run(backup, 'failed');
    expect(faults.unfired()).toEqual([]);
  } finally {
    faults.disarm();
  }
  const [before] = await world.points('disk');
  const { log } = await world.ended((await world.client.repositories.rescan({ id: primary })).sessionId);
  expect(log.map((line) => line.text).join()).toContain('0 new, 1 known');
  expect((await world.points('disk')).map((point) => point.id)).toEqual([before?.id]);
  await world.keep();
  await world.run(backup);
  await world.checkPromises();
});

test('bad input is refused with the field it belongs to, and a repository that is not there is never written', async () => {
  const primary = await world.addRepository('primary');
  await expect(world.createBackupJob('nowhere')).rejects.toMatchObject({
    code: 'INVALID',
    data: { field: 'settings.repositoryId' },
  });
  const backup = await world.createBackupJob(primary);
  await expect(world.createBackupJob(primary)).rejects.toMatchObject({ code: 'INVALID' });
  for (const platform of ['proxmoxve', 'file-share']) {
    const machines = [{ name: 'erp-02', platform, disks: [{ path: world.disk }] }];
    const refused = world.client.jobs.create({
      settings: { kind: 'backup', name: 'Other', machines, repositoryId: primary },
    });
    await expect(refused).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(refused).rejects.toMatchObject({
      data: { issues: [{ message: expect.stringContaining('Known are proxmox-ve, scale-hypercore') }] },
    });
  }
  const continuous = {
    ...(await world.client.jobs.get({ id: backup })).settings,
    schedule: { kind: 'continuous' as const },
  };
  await expect(world.client.jobs.update({ id: backup, version: 1, settings: continuous })).rejects.toMatchObject({
    code: 'INVALID',
    data: { field: 'settings.schedule' },
  });
  await expect(world.addRepository('primary/inside')).rejects.toMatchObject({
    code: 'INVALID',
    data: { field: 'settings.place.path' },
  });
  await rm(join(world.root, 'primary', 'reelvault-repository.json'));
  const failed = await world.run(backup, 'failed');
  expect(failed.session.reason).toContain('mount it');
  expect(await readdir(join(world.root, 'primary'))).toEqual([]);
});

test('a copy that is missing does not count for 3-2-1', async () => {
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const backup = await world.createBackupJob(primary);
  await world.run(backup);
  await world.run(await world.createCopyJob(backup, second));
  const before = (await world.client.backups.machines({})).rows[0];
  expect(before).toMatchObject({ primaryPoints: 1, copyPoints: 1 });
  expect(before?.rule321.reason).toContain('All copies are on disk');
  const judged = async (rule321: string): Promise<number> =>
    (await world.client.backups.machines({ filters: { rule321: [rule321] } })).total;
  expect([await judged('missing'), await judged('holds')]).toEqual([1, 0]);
  await rm(join(world.root, 'second', 'Second site'), { recursive: true });
  await world.ended((await world.client.repositories.rescan({ id: second })).sessionId, 'warning');
  const after = (await world.client.backups.machines({})).rows[0];
  expect(after).toMatchObject({ primaryPoints: 1, copyPoints: 0, rule321: { holds: false } });
  expect(after?.rule321.reason).toContain('2 copies');
});

test('a repository that is away counts for nothing, and a restore says where else the point is', async () => {
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const backup = await world.createBackupJob(primary);
  await world.run(backup);
  await world.run(await world.createCopyJob(backup, second));
  const [point] = await world.points('disk');
  await rename(join(world.root, 'primary'), join(world.root, 'unplugged'));

  const refusal = world.client.restores.disks({ pointId: point?.id ?? '', folder: join(world.root, 'out') });
  await expect(refusal).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    data: { advice: expect.stringContaining('The same restore point is in “second”') as string },
  });
  expect(await world.points('disk')).toMatchObject([
    { state: 'unavailable', stateReason: expect.stringContaining('holds no repository') as string },
  ]);
  expect((await world.client.backups.list({ origin: 'disk' })).rows).toMatchObject([{ state: 'unavailable' }]);
  const [machine] = (await world.client.backups.machines({})).rows;
  expect(machine).toMatchObject({ primaryPoints: 0, copyPoints: 1, rule321: { holds: false } });
  expect(machine?.rule321.reason).toContain('1 repository with more of it cannot be reached now');

  await rename(join(world.root, 'unplugged'), join(world.root, 'primary'));
  await world.restoredDigest(point?.id ?? '');
  expect(await world.points('disk')).toMatchObject([{ state: 'complete', stateReason: null }]);
});

test('copies of encrypted backups stay encrypted under the key of their source', async () => {
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const { id: keyId } = await world.client.credentials.addKey({
    name: 'Vault',
    passphrase: 'a long enough passphrase',
  });
  const backup = await world.client.jobs.create({
    settings: {
      kind: 'backup',
      name: 'Secret',
      machines: [{ name: 'erp-01', platform: 'proxmox-ve', disks: [{ path: world.disk, name: 'scsi0' }] }],
      repositoryId: primary,
      keyId,
    },
  });
  await world.run(backup.id);
  const copy = await world.createCopyJob(backup.id, second);
  const job = await world.client.jobs.get({ id: copy });
  const preview = await world.client.jobs.preview({ settings: job.settings });
  expect(preview.sentences.join(' ')).toContain('stay under the source’s key');
  for (const sentence of preview.sentences) expect(sentence).toMatch(/\.$/);
  await world.run(copy);
  const { rows } = await world.client.backups.points({ locationId: second });
  expect(rows.map((row) => row.encrypted)).toEqual([true]);
});
