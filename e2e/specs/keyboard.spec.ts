import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { WizardPages } from '../fixtures/wizard-pages.ts';
import type { Console } from '../fixtures/console.ts';
import { expect, test } from '../fixtures/test.ts';

/** No page of a wizard has more stops of Tab than this. */
const tabLimit = 40;

/** Goes on with Tab until `wanted` has the focus; fails when a round of Tab does not reach it. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let pressed = 0; pressed < tabLimit; pressed += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${wanted.toString()}.`);
}

/** Opens a wizard from the palette: Ctrl+K, its command's name, Enter. */
async function openFromPalette(app: Console, command: string, title: string): Promise<WizardPages> {
  const { keyboard } = app.page;
  await keyboard.press('Control+k');
  await expect(app.page.getByRole('combobox').or(app.page.getByRole('searchbox')).last()).toBeFocused();
  await keyboard.type(command);
  await keyboard.press('Enter');
  return app.wizard(title);
}

/** The field that a page begins with has the focus: types over what stands in it. */
async function typeInto(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
  await expect(field).toHaveValue(text);
}

test('a repository, a media pool and a backup job are made by keyboard alone', async ({ app, page, folder }) => {
  test.setTimeout(120_000);
  const { keyboard } = page;
  const disk = join(folder, 'disk.img');
  await writeFile(disk, Buffer.alloc(2 ** 20, 'reel'));

  await test.step('add a repository', async () => {
    const wizard = await openFromPalette(app, 'Add Repository', 'Add Repository');
    await wizard.at('Name');
    await expect(wizard.text('Name')).toBeFocused();
    await typeInto(page, wizard.text('Name'), 'Primary');
    await keyboard.press('Enter');
    await wizard.at('Folder');
    await expect(wizard.text('Folder')).toBeFocused();
    await typeInto(page, wizard.text('Folder'), join(folder, 'primary'));
    await expect(wizard.dialog.getByText('The folder does not exist yet.', { exact: false })).toBeVisible();
    await keyboard.press('Alt+n');
    await wizard.at('Options');
    await keyboard.press('Alt+p');
    await wizard.at('Folder');
    await keyboard.press('Alt+n');
    await wizard.at('Options');
    await keyboard.press('Alt+n');
    await wizard.at('Summary');
    await keyboard.press('Alt+f');
    await expect(wizard.dialog).toBeHidden();
    await expect(app.treeItem('Jobs')).toBeVisible();
  });

  await test.step('make a media pool', async () => {
    const wizard = await openFromPalette(app, 'Add Media Pool', 'New Media Pool');
    await wizard.at('Name');
    await typeInto(page, wizard.text('Name'), 'Weekly');
    await keyboard.press('Alt+n');
    await wizard.at('Tapes');
    await tabTo(page, wizard.check('Take blank tapes that no pool has yet'));
    const before = await wizard.check('Take blank tapes that no pool has yet').isChecked();
    await keyboard.press('Space');
    await expect(wizard.check('Take blank tapes that no pool has yet')).toBeChecked({ checked: !before });
    await keyboard.press('Alt+n');
    await wizard.at('Media Set');
    const choices = wizard.dialog.getByRole('radio');
    await tabTo(page, wizard.dialog.getByRole('radio', { checked: true }));
    const chosen = await choices.evaluateAll((radios) => radios.findIndex((radio) => radio === document.activeElement));
    await keyboard.press(chosen === 0 ? 'ArrowDown' : 'ArrowUp');
    await expect(choices.nth(chosen === 0 ? 1 : chosen - 1)).toBeChecked();
    await keyboard.press('Alt+n');
    await wizard.at('Retention');
    await keyboard.press('Alt+n');
    await wizard.at('Options');
    await keyboard.press('Alt+n');
    await wizard.at('Summary');
    await keyboard.press('Enter');
    await expect(wizard.dialog).toBeHidden();
  });

  await test.step('make a backup job', async () => {
    const wizard = await openFromPalette(app, 'Backup Job', 'New Backup Job');
    await wizard.at('Name');
    await typeInto(page, wizard.text('Name'), 'Nightly');
    await keyboard.press('Enter');
    await wizard.at('Source');
    await tabTo(page, wizard.dialog.getByRole('button', { name: 'Add machine…', exact: true }));
    await keyboard.press('Enter');
    const machine = page.getByRole('dialog', { name: 'Add machine', exact: true });
    await typeInto(page, machine.getByRole('textbox', { name: 'Machine name' }), 'web-01');
    await typeInto(page, machine.getByRole('textbox', { name: 'Disk image or block device' }), disk);
    await keyboard.press('Enter');
    await expect(machine.getByRole('table', { name: 'Disks of this machine' })).toContainText(disk);
    await tabTo(page, machine.getByRole('button', { name: 'Save machine', exact: true }));
    await keyboard.press('Enter');
    await expect(machine).toBeHidden();
    await expect(wizard.dialog.getByRole('button', { name: 'Add machine…', exact: true })).toBeFocused();
    await keyboard.press('Alt+n');
    await wizard.at('Repository');
    const repository = wizard.dialog.getByRole('combobox', { name: 'Backup repository', exact: true });
    await tabTo(page, repository);
    await keyboard.type('Primary');
    await expect(repository.locator('option:checked')).toHaveText(/^Primary /);
    await keyboard.press('Alt+n');
    await wizard.at('Schedule');
    await tabTo(page, wizard.dialog.getByRole('radio', { checked: true }).first());
    await keyboard.press('ArrowDown');
    await keyboard.press('Alt+n');
    await wizard.at('Summary');
    await keyboard.press('Alt+f');
    await expect(wizard.dialog).toBeHidden();
  });

  await app.goTo('Home', 'Jobs');
  await expect(app.row('Jobs', 'Nightly')).toBeVisible();
  await app.goTo('Tape Infrastructure', 'Weekly');
  await app.goTo('Backup Infrastructure', 'Repositories');
  await expect(app.row('Repositories', 'Primary')).toBeVisible();
});
