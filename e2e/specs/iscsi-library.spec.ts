import { Tgt, tgtMissing } from '../../electron/engine/scsi/iscsi/testing/tgt.ts';
import { expect, test } from '../fixtures/test.ts';

test.skip(tgtMissing !== undefined, tgtMissing);

// REELVAULT_E2E_SHOTS names a folder for pictures of what was passed.
const shots = process.env.REELVAULT_E2E_SHOTS;

test('a library over iSCSI: discovered, tried, attached, edited, rescanned and removed', async ({ app, page }) => {
  const secret = 'a-secret-of-the-vtl';
  const tgt = await Tgt.start({ barcodes: ['RV0001L8', 'RV0002L8'], chap: { user: 'backup', secret } });
  const shot = async (name: string): Promise<void> => {
    if (shots !== undefined) await page.screenshot({ path: `${shots}/iscsi-${name}.png` });
  };
  try {
    await app.home('Add Tape Library');
    const wizard = app.wizard('Add Tape Library');
    await wizard.at('Name and Connection');
    await wizard.text('Name').fill('Appliance');
    await shot('name');
    await wizard.next('Portal');
    await wizard.text('Portal').fill(tgt.portal);
    await shot('portal');
    await wizard.next('Changer and Drives');
    // Without the secret the portal lets nobody in, and says what is missing.
    await expect(wizard.dialog.getByText(/does not accept the user name and secret/)).toBeVisible();
    await shot('refused');
    await wizard.step('Portal').click();
    await wizard.text('CHAP user name').fill('backup');
    await wizard.text('CHAP secret').fill(secret);
    await wizard.next('Changer and Drives');
    await expect(wizard.list('Changer').getByRole('radio').first()).toBeChecked();
    await expect(wizard.list('Drives').getByRole('checkbox', { checked: true })).toHaveCount(2);
    await shot('devices');
    await wizard.next('Test and Summary');
    await expect(wizard.dialog.getByText('EXAMPLE VTL: 8 slots, 2 mail slots, 2 drives, 2 tapes.')).toBeVisible();
    await expect(wizard.list('Test').getByText('Answers')).toHaveCount(2);
    await expect(wizard.dialog.getByText(secret)).toHaveCount(0);
    await shot('test');
    await wizard.finish();
    await app.sessionEndsWell(/Inventory of Appliance/);

    await app.goTo('Tape Infrastructure', 'Libraries');
    await expect(app.row('Libraries', 'Appliance')).toContainText('Online');
    await app.row('Libraries', 'Appliance').click();
    await shot('libraries');
    await app.ribbon('Library', 'Edit');
    const edit = app.wizard('Edit Tape Library “Appliance”');
    await edit.at('Name and Connection');
    await edit.text('Name').fill('Vault VTL');
    await edit.step('Portal').click();
    await expect(edit.dialog.getByText(/A secret is stored/).first()).toBeVisible();
    await expect(edit.text('CHAP secret')).toHaveValue('');
    await shot('edit');
    await edit.step('Test and Summary').click();
    await expect(edit.list('Test').getByText('Answers')).toHaveCount(2);
    await edit.finish();
    await expect(app.row('Libraries', 'Vault VTL')).toContainText('Online');

    await app.row('Libraries', 'Vault VTL').click();
    await app.ribbon('Library', 'Rescan');
    // Said twice: as a toast, and to screen readers.
    await expect(page.getByText('The library was read anew.').last()).toBeVisible();
    await app.goTo('Tape Infrastructure', 'Vault VTL');
    await expect(page.getByText('RV0001L8').first()).toBeVisible();
    await shot('picture');

    await app.goTo('Tape Infrastructure', 'Libraries');
    await app.row('Libraries', 'Vault VTL').click();
    await app.ribbon('Library', 'Remove');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await expect(app.row('Libraries', 'Vault VTL')).toHaveCount(0);
  } finally {
    await tgt.close();
  }
});
