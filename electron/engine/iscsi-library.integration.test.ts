import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { cartridgeFiles } from './scsi/iscsi/testing/tgt-cartridge.ts';
import { Tgt, type TgtOptions, type TgtProfile, tgtMissing } from './scsi/iscsi/testing/tgt.ts';
import { World } from './testing/scenario.ts';

// The product's main job on a tape library from another project, over iSCSI.
const run = promisify(execFile);
const mib = 2 ** 20;
const barcodes = ['RV0001L8', 'RV0002L8', 'RV0003L8', 'RV0004L8', 'RV0005L8', 'RV0006L8'];
const chap = { user: 'anna', secret: 'secret-of-anna', mutualUser: 'vtl', mutualSecret: 'secret-of-the-vtl' };
let world: World;
let tgt: Tgt;

afterEach(async () => {
  const { died } = tgt;
  await world?.close();
  await tgt.close();
  if (died) throw new Error(died);
});

async function begin(options: TgtOptions, fillMib = 40): Promise<void> {
  tgt = await Tgt.start({ barcodes, cartridgeMib: 48, ...options });
  world = await World.create({ diskMib: 256, fillMib, cartridges: 0, cartridgeMib: 0 });
  await world.makeDisk();
}

/** Adds the library as an administrator does: discover, test, attach. */
async function addLibrary(digests = false): Promise<string> {
  const signIn = tgt.options.chap !== undefined;
  const access = {
    portal: tgt.portal,
    chapUser: signIn ? chap.user : '',
    mutualChapUser: signIn ? chap.mutualUser : '',
    headerDigest: digests,
    dataDigest: digests,
  };
  const secrets = signIn ? { chapSecret: chap.secret, mutualChapSecret: chap.mutualSecret } : {};
  const found = await world.client.tape.discoverIscsi({ access, secrets });
  const of = (type: string) =>
    found.devices.flatMap(({ target, lun, ...device }) =>
      device.type === type && target !== null && lun !== null ? [{ target, lun }] : [],
    );
  const [changer] = of('changer');
  if (!changer) throw new Error('No changer was found.');
  const connection = { kind: 'iscsi' as const, ...access, changer, drives: of('drive') };
  const tested = await world.client.tape.test({ connection, secrets });
  expect(tested).toMatchObject({ serial: 'LIB0001', driveCount: 2, slotCount: 8, notes: [] });
  expect(tested.drives.map(({ name, serial, problem }) => [name, serial, problem])).toEqual([
    ['Drive 1', 'DRV0001', null],
    ['Drive 2', 'DRV0002', null],
  ]);
  const added = await world.client.tape.attach({ settings: { name: 'Appliance', connection, secrets } });
  await world.ended(added.sessionId);
  return added.id;
}

async function backUp(rounds: number): Promise<string> {
  const repository = await world.addRepository('primary');
  const backup = await world.createBackupJob(repository);
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await world.changeDisk(round, 12 * mib);
    await world.keep();
    await world.run(backup);
  }
  return backup;
}

/** Everything but the tapes is lost; what the tapes give back is what there was. */
async function restoreFromTapesAlone(points: number): Promise<void> {
  await rm(world.path('primary'), { recursive: true });
  await world.reopenWithoutDatabase();
  const library = await addLibrary();
  await world.ended((await world.client.tape.catalog({ id: library })).sessionId);
  const found = await world.points('tape');
  expect(found).toHaveLength(points);
  const repositoryId = await world.addRepository('restored');
  const pointIds = found.map((point) => point.id);
  await world.ended((await world.client.restores.fromTape({ pointIds, repositoryId })).sessionId);
  const imported = await world.points('imported');
  for (const [index, point] of imported.entries()) {
    expect(await world.restoredDigest(point.id)).toBe(world.kept[index]);
  }
  expect(imported).toHaveLength(points);
}

/** Reads a cartridge with tar and sha256sum, past all of this product; returns how many lists of digests were checked. */
async function readOtherwise(barcode: string): Promise<number> {
  let checked = 0;
  for (const [index, records] of cartridgeFiles(tgt.cartridgePath(barcode)).entries()) {
    const folder = world.path(`${barcode}-${index}`);
    await mkdir(folder);
    await writeFile(join(folder, 'file.tar'), Buffer.concat(records));
    await run('tar', ['-xf', 'file.tar'], { cwd: folder });
    for (const sums of (await readdir(folder)).filter((name) => name.startsWith('SHA256SUMS.'))) {
      await run('sha256sum', ['-c', '--quiet', sums], { cwd: folder });
      checked++;
    }
    await rm(folder, { recursive: true });
  }
  return checked;
}

describe.skipIf(tgtMissing)(`an iSCSI library${tgtMissing ? ` (skipped: ${tgtMissing})` : ''}`, () => {
  for (const [profile, secure] of [
    ['default', false],
    ['tuned', true],
  ] as [TgtProfile, boolean][]) {
    test(`${profile} profile${secure ? ', CHAP both ways and digests' : ''}: several tapes, then from tapes alone`, async () => {
      await begin({ profile, ...(secure ? { chap, headerDigest: true, dataDigest: true } : {}) }, 180);
      await addLibrary(secure);
      const backup = await backUp(2);
      const job = await world.createTapeJob(backup, await world.createPool());
      await world.run(job);
      const used = new Set((await world.points('tape')).flatMap((point) => point.tapes.map((tape) => tape.barcode)));
      expect(used.size).toBeGreaterThanOrEqual(2);
      // The library stands after a restart of the engine, secrets and all.
      await world.reopen();
      const { rows } = await world.client.tape.libraries({});
      expect(rows).toMatchObject([{ name: 'Appliance', state: 'online', driveCount: 2 }]);
      expect(JSON.stringify(await world.client.tape.library({ id: rows[0]?.id ?? '' }))).not.toContain('secret-of');
      let checked = 0;
      for (const barcode of used) checked += await readOtherwise(barcode);
      expect(checked).toBeGreaterThanOrEqual(used.size);
      await restoreFromTapesAlone(2);
    });
  }
});
