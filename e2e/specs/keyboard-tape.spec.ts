import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Keyboard } from '../fixtures/keyboard.ts';
import { expect, test } from '../fixtures/test.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

test.beforeEach(async ({ page }) => page.emulateMedia({ reducedMotion: 'reduce' }));

test('copied, written to tape, brought back from it and restored by keyboard alone', async ({ app, page, folder }) => {
  test.setTimeout(300_000 * slowness);
  const keys = new Keyboard(page);

  await test.step('make the sample', async () => {
    await keys.pressButton(page.getByRole('button', { name: 'Try It with a Virtual Library' }));
    await keys.sessionEndsWell();
  });

  await test.step('copy to a repository that is added on the way', async () => {
    await keys.fromPalette('Backup Copy Job');
    const wizard = keys.wizard('New Backup Copy Job');
    await wizard.at('Name and Mode');
    await expect(wizard.text('Name')).toBeFocused();
    await keys.typeInto(wizard.text('Name'), 'Off-site copy');
    await keys.radio(wizard.radio(/^Periodic/));
    await keys.press('Enter');
    await wizard.at('Objects');
    await keys.pick(wizard.button('Add from jobs…'), 'Choose jobs', ['Sample backup']);
    // What is taken out by its row leaves the focus on the button that did it.
    await keys.pick(wizard.button('Add from repositories…'), 'Choose repositories', ['Sample repository']);
    await keys.tabTo(wizard.list('Backups to read').getByRole('checkbox').first());
    await keys.arrowTo(
      wizard.list('Backups to read').getByRole('checkbox', { name: 'Sample repository' }),
      'ArrowDown',
    );
    await keys.press('Space');
    await keys.tabTo(wizard.button('Remove'), 'Shift+Tab');
    await keys.press('Enter');
    await expect(wizard.list('Backups to read').getByRole('checkbox')).toHaveCount(1);
    await expect(wizard.button('Remove')).toBeFocused();
    await keys.press('Alt+n');
    await wizard.at('Target');
    await keys.pressButton(wizard.button('Add repository…'));
    const adding = keys.wizard('Add Repository');
    await adding.at('Name');
    await keys.typeInto(adding.text('Name'), 'Third site');
    await keys.press('Enter');
    await adding.at('Folder');
    await keys.typeInto(adding.text('Folder'), join(folder, 'third'));
    await keys.press('Enter');
    await adding.at('Options');
    await keys.press('Enter');
    await adding.at('Summary');
    await keys.press('Enter');
    await expect(adding.dialog).toBeHidden();
    const target = wizard.dialog.getByRole('combobox', { name: 'Backup repository', exact: true });
    await expect(target.locator('option:checked')).toHaveText(/^Third site/);
    await expect(wizard.button('Add repository…')).toBeFocused();
    await keys.typeInto(wizard.text('Keep'), '3');
    await keys.press('Enter');
    await wizard.at('Schedule');
    await keys.radio(wizard.radio('Only when started by hand'));
    await keys.press('Enter');
    await wizard.at('Summary');
    await keys.mark(wizard.check('Run the job when I click Finish'));
    await keys.press('Alt+f');
    await expect(wizard.dialog).toBeHidden();
    await keys.sessionEndsWell();
  });

  await test.step('write to tape, from the ribbon', async () => {
    await keys.fromRibbon('Backup to Tape Job');
    const wizard = keys.wizard('New Backup to Tape Job');
    await wizard.at('Name');
    await keys.typeInto(wizard.text('Name'), 'Monthly to tape');
    await keys.press('Enter');
    await wizard.at('Backups');
    await keys.pick(wizard.button('Add from jobs…'), 'Choose jobs', ['Sample backup']);
    await keys.press('Alt+n');
    await wizard.at('Media Pool');
    await keys.choose(wizard.dialog.getByRole('combobox', { name: 'Media pool for full backups' }), 'Sample tapes');
    // Why this tape and why not each of the others is read with the keyboard too.
    await keys.pressButton(wizard.dialog.locator('summary'));
    await keys.tabTo(wizard.dialog.getByRole('region', { name: 'Tapes for this pool' }));
    await keys.press('Alt+n');
    await wizard.at('Incremental Backup');
    await keys.press('Alt+n');
    await wizard.at('Options');
    await keys.mark(wizard.check('Write only the newest restore point of each machine'));
    await keys.press('Alt+n');
    await wizard.at('Schedule');
    await keys.radio(wizard.radio('Only when started by hand'));
    await keys.press('Alt+n');
    await wizard.at('Summary');
    await keys.mark(wizard.check('Run the job when I click Finish'));
    await keys.press('Enter');
    await expect(wizard.dialog).toBeHidden();
    await keys.sessionEndsWell();
    await expect(
      page.getByRole('toolbar', { name: 'Home' }).getByRole('button', { name: 'Backup to Tape Job' }),
    ).toBeFocused();
  });

  await test.step('bring it back', async () => {
    await keys.press('ArrowRight');
    await keys.press('Enter');
    const wizard = keys.wizard('Restore Backup from Tape to Repository');
    await wizard.at('Source');
    await keys.pick(wizard.button('Add machines…'), 'Choose machines', ['web-01']);
    await keys.mark(wizard.list('Restore points to bring back').getByRole('checkbox', { name: 'web-01' }));
    await keys.tabTo(wizard.button('Points…'), 'Shift+Tab');
    await keys.press('Enter');
    const points = page.getByRole('dialog', { name: 'Restore points of web-01 on tape', exact: true });
    await keys.tabTo(points.getByRole('table').getByRole('checkbox').first());
    await keys.press('Escape');
    await expect(points).toBeHidden();
    await expect(wizard.button('Points…')).toBeFocused();
    await keys.press('Alt+n');
    await wizard.at('Tapes Required');
    await expect(wizard.dialog.getByText('All tapes are in a library.')).toBeVisible();
    await keys.tabTo(wizard.dialog.getByRole('region', { name: 'Tapes in the order in which they are read' }));
    await keys.press('Enter');
    await wizard.at('Destination');
    await keys.choose(wizard.dialog.getByRole('combobox', { name: 'Backup repository', exact: true }), 'Third site');
    await keys.press('Enter');
    await wizard.at('Summary');
    await keys.press('Alt+f');
    await expect(wizard.dialog).toBeHidden();
    await keys.sessionEndsWell();
  });

  await test.step('look at what came back', async () => {
    await keys.fromPalette('Disk (Imported)');
    await expect(app.treeItem('Disk (Imported)')).toHaveAttribute('aria-selected', 'true');
    await expect(app.row('Backups: Disk (imported)', 'web-01')).toBeVisible();
    for (let part = 0; part < 6; part += 1) {
      if (await app.grid('Backups: Disk (imported)').evaluate((grid) => grid === document.activeElement)) break;
      await keys.press('F6');
    }
    await keys.press('ArrowDown');
    await expect(app.rows('Restore points')).toHaveCount(1);
  });

  await test.step('write its disks to a folder', async () => {
    const points = app.grid('Restore points');
    await keys.tabTo(points);
    await keys.press('ArrowDown');
    await keys.fromPalette('Restore Disks');
    const wizard = keys.wizard('Restore Disks');
    await wizard.at('Restore Point');
    await keys.press('Alt+n');
    await wizard.at('Disks');
    await keys.tabTo(wizard.dialog.getByRole('checkbox').first());
    await keys.press('Space', 'Space');
    await keys.press('Alt+n');
    await wizard.at('Destination');
    await keys.typeInto(wizard.text('Folder'), join(folder, 'disks'));
    await keys.press('Alt+n');
    await wizard.at('Summary');
    await keys.press('Alt+f');
    await expect(wizard.dialog).toBeHidden();
    await keys.sessionEndsWell();
    expect((await readdir(join(folder, 'disks'), { recursive: true })).length).toBeGreaterThan(0);
  });
});
