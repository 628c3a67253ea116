import { join } from 'node:path';
import { Tgt, tgtMissing } from '../../electron/engine/scsi/iscsi/testing/tgt.ts';
import { Keyboard } from '../fixtures/keyboard.ts';
import { expect, test } from '../fixtures/test.ts';

test.beforeEach(async ({ page }) => page.emulateMedia({ reducedMotion: 'reduce' }));

test('a virtual library is made by keyboard alone', async ({ app, page, folder }) => {
  const keys = new Keyboard(page);
  await keys.fromPalette('Add Virtual Library');
  const wizard = keys.wizard('Add Virtual Library');
  await wizard.at('Name and Folder');
  await keys.typeInto(wizard.text('Name'), 'Spare robot');
  await keys.typeInto(wizard.text('Folder'), join(folder, 'spare'));
  await keys.press('Enter');
  await wizard.at('Drives and Slots');
  await keys.typeInto(wizard.text('Drives'), '3');
  await keys.press('Alt+n');
  await wizard.at('Cartridges');
  await keys.typeInto(wizard.text('Cartridges'), '2');
  await keys.press('Alt+n');
  await wizard.at('Summary');
  await keys.press('Alt+f');
  await expect(wizard.dialog).toBeHidden();
  await keys.sessionEndsWell();
  await app.goTo('Tape Infrastructure', 'Libraries');
  await expect(app.row('Libraries', 'Spare robot')).toContainText('Online');
});

test('a library over iSCSI is tried and attached by keyboard alone', async ({ app, page }) => {
  test.skip(tgtMissing !== undefined, tgtMissing);
  const secret = 'a-secret-of-the-vtl';
  const tgt = await Tgt.start({ barcodes: ['RV0001L8'], drives: 2, chap: { user: 'backup', secret } });
  try {
    const keys = new Keyboard(page);
    await keys.fromPalette('Add Tape Library');
    const wizard = keys.wizard('Add Tape Library');
    await wizard.at('Name and Connection');
    await keys.typeInto(wizard.text('Name'), 'Appliance');
    await keys.press('Enter');
    await wizard.at('Portal');
    await keys.typeInto(wizard.text('Portal'), tgt.portal);
    await keys.press('Enter');
    await wizard.at('Changer and Drives');
    await expect(wizard.dialog.getByText(/does not accept the user name and secret/)).toBeVisible();
    await keys.press('Alt+p');
    await wizard.at('Portal');
    await keys.typeInto(wizard.text('CHAP user name'), 'backup');
    await keys.typeInto(wizard.text('CHAP secret'), secret);
    await keys.press('Alt+n');
    await wizard.at('Changer and Drives');
    const drives = wizard.list('Drives').getByRole('checkbox');
    await expect(wizard.list('Drives').getByRole('checkbox', { checked: true })).toHaveCount(2);
    // One of them is left to somebody else.
    await keys.tabTo(drives.first());
    await keys.arrowTo(drives.nth(1), 'ArrowDown');
    await keys.press('Space');
    await expect(drives.nth(1)).not.toBeChecked();
    await keys.press('Alt+n');
    await wizard.at('Test and Summary');
    await expect(wizard.list('Test').getByText('Answers')).toHaveCount(1);
    await keys.press('Alt+f');
    await expect(wizard.dialog).toBeHidden();
    await keys.sessionEndsWell();
    await app.goTo('Tape Infrastructure', 'Libraries');
    await expect(app.row('Libraries', 'Appliance')).toContainText('Online');
  } finally {
    await tgt.close();
  }
});
