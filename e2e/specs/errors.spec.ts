import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveDouble } from '../doubles/serve-double.ts';
import { Console } from '../fixtures/console.ts';
import { expect, test } from '../fixtures/test.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

test('what only the engine can refuse lands on its field and page, and nothing entered is lost', async ({
  app,
  page,
  host,
  context,
  folder,
}) => {
  await app.home('Add Repository');
  const wizard = app.wizard('Add Repository');
  await wizard.at('Name');
  await wizard.text('Name').fill('Primary');
  await wizard.text('Description').fill('For the nights');
  await wizard.next('Folder');
  await wizard.text('Folder').fill(join(folder, 'first'));
  await wizard.next('Options');
  await wizard.next('Summary');

  // Someone else is faster, in another window.
  const other = await context.newPage();
  await other.goto(host.url);
  await new Console(other).addRepository('Primary', join(folder, 'second'));
  await other.close();

  await wizard.press('Finish');
  await wizard.at('Name');
  const name = wizard.text('Name');
  await expect(name).toHaveValue('Primary');
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(name).toBeFocused();
  await expect(
    wizard.dialog.getByText('There is already a repository named “Primary”.', { exact: false }),
  ).toBeVisible();
  await expect(wizard.text('Description')).toHaveValue('For the nights');
  await expect(wizard.step('Name')).toHaveAccessibleName(/needs attention/);

  await name.fill('Primary of the west');
  await wizard.next('Folder');
  await expect(wizard.text('Folder')).toHaveValue(join(folder, 'first'));
  await wizard.text('Folder').fill(join(folder, 'second'));
  await wizard.next('Options');
  await wizard.next('Summary');
  await wizard.press('Finish');
  await wizard.at('Folder');
  await expect(wizard.text('Folder')).toHaveAttribute('aria-invalid', 'true');
  await expect(wizard.dialog.getByText(/overlaps the repository “Primary”/)).toBeVisible();

  await wizard.text('Folder').fill(join(folder, 'first'));
  await wizard.next('Options');
  await wizard.next('Summary');
  await wizard.finish();
  await app.goTo('Backup Infrastructure', 'Repositories');
  await expect(app.rows('Repositories')).toHaveCount(2);
  await expect(page.getByRole('gridcell', { name: 'Primary of the west' })).toBeVisible();
});

test('pages that are not in order keep one from going on, and say why', async ({ app, folder }) => {
  await app.home('Add Repository');
  const wizard = app.wizard('Add Repository');
  await wizard.at('Name');
  await wizard.text('Name').fill('');
  await wizard.press('Next');
  await wizard.at('Name');
  await expect(wizard.text('Name')).toHaveAttribute('aria-invalid', 'true');
  await wizard.text('Name').fill('Primary');
  await wizard.next('Folder');
  await wizard.text('Folder').fill('relative/folder');
  await wizard.press('Next');
  await wizard.at('Folder');
  await expect(wizard.dialog.getByText('Enter the whole path, from the root.')).toBeVisible();
  const file = join(folder, 'file');
  await writeFile(file, '');
  await wizard.text('Folder').fill(file);
  // The engine has looked at it by the time that the page can be left; until then Finish would refuse.
  await expect(wizard.text('Folder')).toHaveAttribute('aria-invalid', 'true');
  await wizard.press('Next');
  await wizard.at('Folder');
  await wizard.press('Cancel');
  const question = app.page.getByRole('alertdialog', { name: 'Close without saving?' });
  await question.getByRole('button', { name: 'Go on editing' }).click();
  await expect(wizard.text('Folder')).toHaveValue(file);
  await app.page.keyboard.press('Escape');
  await question.getByRole('button', { name: 'Close without saving' }).click();
  await expect(wizard.dialog).toBeHidden();
});

test('a folder that an empty console cannot write to is refused where it is entered', async ({ app, folder }) => {
  await mkdir(join(folder, 'full'));
  await writeFile(join(folder, 'full', 'someone-elses.txt'), 'not ours');
  await app.home('Add Virtual Library');
  const wizard = app.wizard('Add Virtual Library');
  await wizard.at('Name and Folder');
  await wizard.text('Name').fill('Library');
  await wizard.text('Folder').fill(join(folder, 'full'));
  await wizard.next('Drives and Slots');
  await wizard.next('Cartridges');
  await wizard.text('Capacity of each').fill('64 MiB');
  await wizard.next('Summary');
  await wizard.press('Finish');
  await wizard.at('Name and Folder');
  await expect(wizard.text('Folder')).toHaveAttribute('aria-invalid', 'true');
  await expect(wizard.text('Folder')).toBeFocused();
  await wizard.text('Folder').fill(join(folder, 'library'));
  await wizard.next('Drives and Slots');
  await wizard.next('Cartridges');
  await expect(wizard.text('Capacity of each')).toHaveValue('64 MiB');
  await wizard.next('Summary');
  await wizard.finish();
  await app.sessionEndsWell(/./);
  await app.goTo('Tape Infrastructure', 'Libraries');
  await expect(app.row('Libraries', 'Library')).toContainText('Online');
});

test('a lost engine is said quietly, the last data stays, and the console finds it again by itself', async ({
  page,
  office,
}) => {
  const app = new Console(page);
  await page.goto(office.url);
  await app.ready();
  const rows = app.rows('Jobs');
  await expect(rows.first()).toBeVisible();
  const shown = await rows.count();
  await app.home('Add Repository');
  const wizard = app.wizard('Add Repository');
  await wizard.at('Name');
  await wizard.text('Name').fill('Entered before');
  await wizard.next('Folder');
  await wizard.text('Folder').fill('/srv/backups');

  office.setAway(true);
  await expect(page.getByText('The engine cannot be reached.', { exact: false }).first()).toBeVisible();
  await expect(page.getByText('Connection lost')).toBeVisible();
  // Behind the wizard nothing can be reached, so that rows are no rows there.
  await expect(page.locator('[role="grid"] [data-index]')).toHaveCount(shown);
  await wizard.next('Options');
  await wizard.next('Summary');
  await wizard.press('Finish');
  await expect(wizard.dialog.getByRole('alert')).toContainText('The engine cannot be reached');

  office.setAway(false);
  await app.ready();
  await expect(page.getByText('What is shown is from', { exact: false })).toBeHidden();
  await wizard.press('Previous');
  await wizard.press('Previous');
  await expect(wizard.text('Folder')).toHaveValue('/srv/backups');
  await wizard.press('Previous');
  await expect(wizard.text('Name')).toHaveValue('Entered before');
  await wizard.step('Summary').click();
  await wizard.at('Summary');
  await wizard.finish();
});

test('commands that need the engine say that it is away; what is shown can still be read', async ({ page, office }) => {
  const app = new Console(page);
  await page.goto(office.url);
  await app.ready();
  await app.rows('Jobs').first().click();
  office.setAway(true);
  await expect(page.getByText('Connection lost')).toBeVisible();
  await page.getByRole('tab', { name: 'Home', exact: true }).click();
  const command = page.getByRole('button', { name: 'Backup Job', exact: true });
  await expect(command).toHaveAttribute('aria-disabled', 'true');
  await expect(command).toHaveAttribute('title', /cannot be reached/);
  await page.getByRole('tab', { name: 'Summary', exact: true }).click();
  await expect(page.getByRole('tabpanel').filter({ hasText: 'Schedule' }).last()).toBeVisible();
});

test('a killed server: the console waits for it, asks for the password, and shows the same place', async ({
  app,
  page,
  host,
  folder,
  startHost,
}) => {
  await app.addRepository('Primary', join(folder, 'primary'));
  await app.goTo('Backup Infrastructure', 'Repositories');
  await expect(app.row('Repositories', 'Primary')).toBeVisible();
  await host.stop('SIGKILL');
  await expect(page.getByText('The console reconnects by itself.', { exact: false })).toBeVisible();
  await expect(app.row('Repositories', 'Primary')).toBeVisible();

  // Sign-ins are kept in memory only: a new server asks for the password.
  const again = await startHost('data', Number(new URL(host.url).port));
  expect(again.url).toBe(host.url);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible({ timeout: 40_000 * slowness });
  await app.enterPassword();
  await app.ready();
  await expect(app.treeItem('Repositories')).toHaveAttribute('aria-selected', 'true');
  await expect(app.row('Repositories', 'Primary')).toBeVisible();
});

test('an engine that did not start says why, and nothing else', async ({ page }) => {
  const double = await serveDouble({ size: 'empty', mode: 'not-started' });
  try {
    await page.goto(double.url);
    await expect(page.getByRole('heading', { name: 'The engine did not start' })).toBeVisible();
    await expect(page.getByText('was made by a newer version', { exact: false })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Try now' })).toBeVisible();
  } finally {
    await double.close();
  }
});

test('a destructive command is done only with the name typed, and the engine checks it too', async ({
  app,
  folder,
}) => {
  await app.addVirtualLibrary('Library', join(folder, 'library'), { cartridges: 2, capacity: '16 MiB' });
  await app.goTo('Tape Infrastructure', 'Online');
  const tapes = app.rows('Media Online');
  await expect(tapes).toHaveCount(2);
  await app.contextMenu(tapes.first(), 'Erase');
  const dialog = app.page.getByRole('alertdialog', { name: /^Erase / });
  const erase = dialog.getByRole('button', { name: 'Erase', exact: true });
  await expect(erase).toBeDisabled();
  await dialog.getByRole('textbox', { name: /^Type / }).fill('RV9999L8');
  await expect(erase).toBeDisabled();
  await dialog.getByRole('textbox', { name: /^Type / }).fill('RV0001L8');
  await expect(erase).toBeEnabled();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(tapes).toHaveCount(2);

  const refused = await app.page.request.post(new URL('/api/media/erase', app.page.url()).href, {
    data: { mediaIds: ['no-such-tape'], confirm: 'RV0001L8', long: false },
    headers: { Origin: new URL(app.page.url()).origin },
  });
  expect(refused.ok()).toBe(false);
});

test('what is in use is not removed, and the refusal names what uses it', async ({ app, page, folder }) => {
  const disk = join(folder, 'disk.img');
  await writeFile(disk, Buffer.alloc(2 ** 20));
  await app.addRepository('Primary', join(folder, 'primary'));
  await app.addBackupJob('Nightly', { machine: 'web-01', disk, repository: 'Primary', run: false });
  await app.goTo('Backup Infrastructure', 'Repositories');
  await app.contextMenu(app.row('Repositories', 'Primary'), 'Remove');
  const dialog = page.getByRole('dialog', { name: /^Remove “Primary”/ });
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('The job “Nightly” uses the repository “Primary”.');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(app.row('Repositories', 'Primary')).toBeVisible();
});

test('a job whose disk is gone fails with the reason, what to do about it, and works once it is back', async ({
  app,
  folder,
}) => {
  const disk = join(folder, 'disk.img');
  await writeFile(disk, Buffer.alloc(2 ** 20, 'reel'));
  await app.addRepository('Primary', join(folder, 'primary'));
  await app.addBackupJob('Nightly', { machine: 'web-01', disk, repository: 'Primary', run: false });
  await rm(disk);
  await app.goTo('Home', 'Jobs');
  await app.contextMenu(app.row('Jobs', 'Nightly'), 'Start');
  await app.openRun('Nightly', 1);
  const window = app.sessionWindow();
  await expect(window.getByRole('status').first()).toHaveText('Failed', { timeout: 60_000 * slowness });
  await expect(window).toContainText(disk);
  await window.getByRole('button', { name: 'Close', exact: true }).last().click();

  await writeFile(disk, Buffer.alloc(2 ** 20, 'reel'));
  await app.contextMenu(app.row('Jobs', 'Nightly'), 'Start');
  await app.lastRunEndsWell('Nightly', 2);
});

test('a name that turns text around or hides in it is shown with its escapes, everywhere on the page', async ({
  app,
  page,
  folder,
}) => {
  await app.addRepository('Vault\u202e10\u200b', join(folder, 'odd'));
  await page.evaluate(() => (location.hash = '#/infrastructure/repositories'));
  await expect(page.getByText('Vault\\u202e10\\u200b').first()).toBeVisible();
  const raw = await page.evaluate(() => /[\u200b\u202e]/.test(document.body.innerHTML));
  expect(raw).toBe(false);
});
