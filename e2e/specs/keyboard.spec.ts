import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Keyboard } from '../fixtures/keyboard.ts';
import { expect, test } from '../fixtures/test.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

// What shows the focus is compared with what is there without it: nothing may be on its way from one to the other.
test.beforeEach(async ({ page }) => page.emulateMedia({ reducedMotion: 'reduce' }));

test('a repository, a media pool and a backup job are made by keyboard alone', async ({ app, page, folder }) => {
  test.setTimeout(120_000 * slowness);
  const keys = new Keyboard(page);
  const disk = join(folder, 'disk.img');
  await writeFile(disk, Buffer.alloc(2 ** 20, 'reel'));

  await test.step('add a repository', async () => {
    await keys.fromPalette('Add Repository');
    const wizard = keys.wizard('Add Repository');
    await wizard.at('Name');
    await expect(wizard.text('Name')).toBeFocused();
    await keys.typeInto(wizard.text('Name'), 'Primary');
    await keys.press('Enter');
    await wizard.at('Folder');
    await expect(wizard.text('Folder')).toBeFocused();
    await keys.typeInto(wizard.text('Folder'), join(folder, 'primary'));
    await expect(wizard.dialog.getByText('The folder does not exist yet.', { exact: false })).toBeVisible();
    await keys.press('Alt+n');
    await wizard.at('Options');
    await keys.press('Alt+p');
    await wizard.at('Folder');
    await keys.press('Alt+n');
    await wizard.at('Options');
    await keys.press('Alt+n');
    await wizard.at('Summary');
    await keys.press('Alt+f');
    await expect(wizard.dialog).toBeHidden();
    await expect(app.treeItem('Jobs')).toBeVisible();
  });

  await test.step('make a media pool', async () => {
    await keys.fromPalette('Add Media Pool');
    const wizard = keys.wizard('New Media Pool');
    await wizard.at('Name');
    await keys.typeInto(wizard.text('Name'), 'Weekly');
    await keys.press('Alt+n');
    await wizard.at('Tapes');
    await keys.tabTo(wizard.check('Take blank tapes that no pool has yet'));
    const before = await wizard.check('Take blank tapes that no pool has yet').isChecked();
    await keys.press('Space');
    await expect(wizard.check('Take blank tapes that no pool has yet')).toBeChecked({ checked: !before });
    await keys.press('Alt+n');
    await wizard.at('Media Set');
    const choices = wizard.dialog.getByRole('radio');
    await keys.tabTo(wizard.dialog.getByRole('radio', { checked: true }));
    const chosen = await choices.evaluateAll((radios) => radios.findIndex((radio) => radio === document.activeElement));
    await keys.press(chosen === 0 ? 'ArrowDown' : 'ArrowUp');
    await expect(choices.nth(chosen === 0 ? 1 : chosen - 1)).toBeChecked();
    await keys.press('Alt+n');
    await wizard.at('Retention');
    await keys.press('Alt+n');
    await wizard.at('Options');
    await keys.press('Alt+n');
    await wizard.at('Summary');
    await keys.press('Enter');
    await expect(wizard.dialog).toBeHidden();
  });

  await test.step('make a backup job', async () => {
    await keys.fromPalette('Backup Job');
    const wizard = keys.wizard('New Backup Job');
    await wizard.at('Name');
    await keys.typeInto(wizard.text('Name'), 'Nightly');
    await keys.press('Enter');
    await wizard.at('Source');
    await keys.tabTo(wizard.dialog.getByRole('button', { name: 'Add machine…', exact: true }));
    await keys.press('Enter');
    const machine = page.getByRole('dialog', { name: 'Add machine', exact: true });
    await keys.typeInto(machine.getByRole('textbox', { name: 'Machine name' }), 'web-01');
    await keys.typeInto(machine.getByRole('textbox', { name: 'Disk image or block device' }), disk);
    await keys.press('Enter');
    await expect(machine.getByRole('table', { name: 'Disks of this machine' })).toContainText(disk);
    await keys.tabTo(machine.getByRole('button', { name: 'Save machine', exact: true }));
    await keys.press('Enter');
    await expect(machine).toBeHidden();
    await expect(wizard.dialog.getByRole('button', { name: 'Add machine…', exact: true })).toBeFocused();
    await keys.press('Alt+n');
    await wizard.at('Repository');
    const repository = wizard.dialog.getByRole('combobox', { name: 'Backup repository', exact: true });
    await keys.tabTo(repository);
    await keys.type('Primary');
    await expect(repository.locator('option:checked')).toHaveText(/^Primary /);
    await keys.press('Alt+n');
    await wizard.at('Schedule');
    await keys.tabTo(wizard.dialog.getByRole('radio', { checked: true }).first());
    await keys.press('ArrowDown');
    await keys.press('Alt+n');
    await wizard.at('Summary');
    await keys.press('Alt+f');
    await expect(wizard.dialog).toBeHidden();
  });

  await app.goTo('Home', 'Jobs');
  await expect(app.row('Jobs', 'Nightly')).toBeVisible();
  await app.goTo('Tape Infrastructure', 'Weekly');
  await app.goTo('Backup Infrastructure', 'Repositories');
  await expect(app.row('Repositories', 'Primary')).toBeVisible();
});
