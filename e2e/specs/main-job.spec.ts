import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { changeSampleDisk, e2fsTool, makeSampleDisk } from '../../electron/engine/jobs/sample-disk.ts';
import { Console } from '../fixtures/console.ts';
import { checkFileSystem, compareFiles, type KeptDisk, keepDisk, sha256Of } from '../fixtures/disk-images.ts';
import { expect, test } from '../fixtures/test.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

const mib = 2 ** 20;
const diskMib = Number(process.env.REELVAULT_E2E_DISK_MIB ?? 1024);
/** About half of the files' content compresses away: what is left fills several of these cartridges. */
const fillMib = Math.floor(diskMib / 5);
const cartridgeMib = Math.max(8, Math.floor(fillMib / 5));

test.skip(e2fsTool('mkfs.ext4') === undefined || e2fsTool('debugfs') === undefined, 'e2fsprogs is not installed.');
test.setTimeout(30 * 60_000 * slowness);

test('disks come back bit for bit from tapes alone, after repositories and database are lost', async ({
  page,
  folder,
  startHost,
}) => {
  const disk = join(folder, 'disks/erp-01.img');
  const libraryFolder = join(folder, 'library');
  const kept: KeptDisk[] = [];
  const keep = async (): Promise<void> => {
    kept.push(await keepDisk(disk, join(folder, 'kept'), `point-${kept.length + 1}.img`));
  };
  const app = new Console(page);
  let host = await startHost('data');

  await test.step('make a disk with a real file system', async () => {
    await makeSampleDisk(disk, { sizeBytes: diskMib * mib, fillBytes: fillMib * mib, seed: 'main-job' });
    await checkFileSystem(disk);
    await keep();
  });

  await test.step('set the password', () => app.setPassword(host));

  await test.step('add two repositories', async () => {
    await app.addRepository('Primary', join(folder, 'primary'));
    await app.addRepository('Second site', join(folder, 'second'));
  });

  await test.step('back up, in full', async () => {
    await app.addBackupJob('Nightly', { machine: 'erp-01', disk, repository: 'Primary', run: true });
  });

  await test.step('change files and back up what changed, twice', async () => {
    for (const round of [1, 2]) {
      await changeSampleDisk(disk, {
        newFolders: [`round-${round}`],
        add: [
          { path: `round-${round}/orders.db`, sizeBytes: 6 * mib },
          { path: `etc/app-${round}/config-${round}.conf`, sizeBytes: 900 + round },
        ],
        remove: round === 1 ? ['srv/data/volume-1.bin'] : ['round-1/orders.db'],
        seed: `round-${round}`,
      });
      await keep();
      await app.goTo('Home', 'Jobs');
      if (round === 1) {
        await app.row('Jobs', 'Nightly').click();
        await app.ribbon('Job', 'Start');
      } else {
        await app.contextMenu(app.row('Jobs', 'Nightly'), 'Start');
      }
      await app.lastRunEndsWell('Nightly', round + 1);
    }
  });

  await test.step('copy to the second repository', async () => {
    await app.home('Backup Copy Job');
    const wizard = app.wizard('New Backup Copy Job');
    await wizard.at('Name and Mode');
    await wizard.text('Name').fill('Off-site copy');
    await wizard.radio(/^Immediate copy/).check();
    await wizard.next('Objects');
    await wizard.press('Add from jobs…');
    await wizard.pick('Choose jobs', 'Choose', ['Nightly']);
    await wizard.next('Target');
    await wizard.choose('Backup repository', /^Second site /);
    await wizard.next('Schedule');
    await wizard.next('Summary');
    await wizard.check('Run the job when I click Finish').check();
    await wizard.finish();
    await app.sessionEndsWell('Off-site copy');
    await app.goTo('Home', 'Disk (Copy)');
    await app.row('Backups: Disk (copy)', 'erp-01').click();
    // The first copy is one full of the newest restore point, put together from the source's chain.
    await expect(app.rows('Restore points')).toHaveCount(1);
    await expect(app.rows('Restore points')).toContainText('Full');
  });

  await test.step('add a virtual tape library and a media pool', async () => {
    await app.addVirtualLibrary('Library', libraryFolder, { cartridges: 10, capacity: `${cartridgeMib} MiB` });
    await app.home('Add Media Pool');
    const wizard = app.wizard('New Media Pool');
    await wizard.at('Name');
    await wizard.text('Name').fill('Weekly');
    await wizard.next('Tapes');
    await wizard.check('Take blank tapes that no pool has yet').check();
    await wizard.next('Media Set');
    await wizard.radio(/^Never: always continue/).check();
    await wizard.next('Retention');
    await wizard.next('Options');
    await wizard.next('Summary');
    await wizard.finish();
  });

  await test.step('write to tape', async () => {
    await app.home('Backup to Tape Job');
    const wizard = app.wizard('New Backup to Tape Job');
    await wizard.at('Name');
    await wizard.text('Name').fill('To tape');
    await wizard.next('Backups');
    await wizard.press('Add from jobs…');
    await wizard.pick('Choose jobs', 'Choose', ['Nightly']);
    await wizard.next('Media Pool');
    await wizard.choose('Media pool for full backups', /^Weekly /);
    await wizard.next('Incremental Backup');
    await wizard.check('Write increments to tape').check();
    await wizard.choose('Media pool for increments', /^Weekly /);
    await wizard.next('Options');
    await wizard.next('Schedule');
    await wizard.radio('Only when started by hand').check();
    await wizard.next('Summary');
    await wizard.check('Run the job when I click Finish').check();
    await wizard.finish();
    await app.sessionEndsWell('To tape');
    await app.goTo('Home', 'Tape');
  });

  await test.step('lose everything but the tapes', async () => {
    await host.stop();
    for (const lost of ['primary', 'second', 'data', 'disks']) {
      await rm(join(folder, lost), { recursive: true });
      expect(existsSync(join(folder, lost))).toBe(false);
    }
  });

  await test.step('begin anew, attach the library, read what is on its tapes', async () => {
    host = await startHost('new-data');
    await page.context().clearCookies();
    await app.setPassword(host);
    await app.addVirtualLibrary('Library', libraryFolder, {});
    await app.goTo('Tape Infrastructure', 'Libraries');
    await app.row('Libraries', 'Library').click();
    await app.ribbon('Library', 'Inventory');
    await app.sessionEndsWell(/./);
    await app.row('Libraries', 'Library').click();
    await app.ribbon('Library', 'Catalogue');
    await app.sessionEndsWell(/./);
  });

  await test.step('restore all three points from tape to a new repository', async () => {
    await app.addRepository('Restored', join(folder, 'restored'));
    await app.home('Restore from Tape');
    const wizard = app.wizard('Restore Backup from Tape to Repository');
    await wizard.at('Source');
    await wizard.press('Add machines…');
    await wizard.pick('Choose machines', 'Add machines', ['erp-01']);
    await wizard.list('Restore points to bring back').getByRole('checkbox', { name: 'erp-01' }).check();
    await wizard.press('Points…');
    await wizard.inDialog('Restore points of erp-01 on tape', 'Choose', async (dialog) => {
      const points = dialog.getByRole('table').getByRole('checkbox');
      await expect(points).toHaveCount(3);
      for (const point of await points.all()) await point.check();
    });
    await wizard.next('Tapes Required');
    const tapes = wizard.list('Tapes in the order in which they are read').locator('tbody').getByRole('row');
    await expect(tapes.nth(2)).toBeVisible();
    const listed = await tapes.evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
    );
    expect(listed.length).toBeGreaterThanOrEqual(3);
    expect(listed.map(([order]) => order)).toEqual(listed.map((_row, at) => String(at + 1)));
    const barcodes = listed.map(([, barcode]) => barcode ?? '');
    expect(new Set(barcodes).size).toBe(barcodes.length);
    for (const barcode of barcodes) expect(barcode).toMatch(/^RV\d{4}L8$/);
    await wizard.next('Destination');
    await wizard.choose('Backup repository', /^Restored /);
    await wizard.next('Summary');
    await wizard.finish();
    await app.sessionEndsWell(/./);
  });

  await test.step('write the disks out and compare each with what it was', async () => {
    await app.goTo('Home', 'Disk (Imported)');
    for (const [index, disk] of kept.entries()) {
      const target = join(folder, `disks-restored/point-${index + 1}`);
      await app.row('Backups: Disk (imported)', 'erp-01').click();
      const points = app.rows('Restore points');
      await expect(points).toHaveCount(kept.length);
      await app.contextMenu(points.nth(kept.length - 1 - index), 'Restore Disks');
      await app.restoreDisks(target);
      const [name = ''] = await readdir(target);
      const image = join(target, name);
      expect((await stat(image)).size).toBe(diskMib * mib);
      expect(await sha256Of(image)).toBe(disk.sha256);
      await compareFiles(disk.path, image);
      await checkFileSystem(image);
      await rm(target, { recursive: true });
    }
    expect(new Set(kept.map((disk) => disk.sha256)).size).toBe(3);
  });
});
