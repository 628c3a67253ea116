import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import type { Console } from '../fixtures/console.ts';
import type { WizardPages } from '../fixtures/wizard-pages.ts';

/** Called where something new is shown, with a name for it: `home-jobs`, `new-backup-job-2-source`. */
export type Show = (name: string) => Promise<void>;

interface Step {
  title: string;
  /** Makes the page valid, so that Next goes on. */
  fill?: (wizard: WizardPages) => Promise<void>;
}

interface WizardWalk {
  name: string;
  title: string;
  open: (app: Console) => Promise<void>;
  steps: readonly Step[];
}

const views = ['Home', 'Backup Infrastructure', 'Tape Infrastructure', 'History'] as const;

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

/** Data has come and been painted. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByText(/^(Loading|Looking)\b.*…$/)).toHaveCount(0);
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
}

/** Makes the sample from the welcome page and waits for its end; its session's window stays open. */
export async function makeSample(app: Console): Promise<void> {
  await app.page.getByRole('button', { name: 'Try It with a Virtual Library' }).click();
  const window = app.sessionWindow();
  await expect(window.getByRole('status').first()).toHaveText('Success', { timeout: 120_000 });
}

export async function closeSession(app: Console): Promise<void> {
  await app.sessionWindow().getByRole('button', { name: 'Close', exact: true }).last().click();
  await expect(app.sessionWindow()).toBeHidden();
}

/** Every node of the four trees, with the first row of its list chosen. */
export async function walkScreens(app: Console, show: Show, only?: readonly string[]): Promise<void> {
  const { page } = app;
  for (const view of views) {
    await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view, exact: true }).click();
    const items = page.getByRole('tree', { name: 'Navigation' }).getByRole('treeitem');
    await expect(items.first()).toBeVisible();
    const count = await items.count();
    for (let index = 0; index < count; index += 1) {
      const item = items.nth(index);
      const label = (await item.getAttribute('aria-label')) ?? (await item.innerText());
      const name = `${slug(view)}-${String(index + 1).padStart(2, '0')}-${slug(label.replaceAll(/[\d,]+$/g, ''))}`;
      if (only !== undefined && !only.includes(name)) continue;
      await item.click();
      await expect(item).toHaveAttribute('aria-selected', 'true');
      await settled(page);
      const rows = page.locator('[role="grid"]').first().locator('[role="row"][data-index]');
      if ((await rows.count()) > 0) {
        await rows.first().click();
        await settled(page);
      }
      await show(name);
    }
  }
}

/** Every step of every wizard, as someone fills it with what the sample made; none is finished. */
export async function walkWizards(
  app: Console,
  folder: string,
  show: Show,
  which: (step: number, of: number) => boolean = () => true,
): Promise<void> {
  for (const walk of wizards(folder)) {
    await walk.open(app);
    const wizard = app.wizard(walk.title);
    const { steps } = walk;
    for (const [index, step] of steps.entries()) {
      await wizard.at(step.title);
      await step.fill?.(wizard);
      if (which(index, steps.length)) {
        await settled(app.page);
        await show(`${walk.name}-${index + 1}-${slug(step.title)}`);
      }
      if (index < steps.length - 1) await wizard.press('Next');
    }
    await wizard.press('Cancel');
    const question = app.page.getByRole('alertdialog', { name: 'Close without saving?' });
    await expect(wizard.dialog.or(question))
      .toHaveCount(1, { timeout: 2000 })
      .catch(() => undefined);
    if (await question.isVisible()) await question.getByRole('button', { name: 'Close without saving' }).click();
    await expect(app.page.getByRole('dialog')).toHaveCount(0);
  }
}

function wizards(folder: string): readonly WizardWalk[] {
  const named =
    (text: string) =>
    (wizard: WizardPages): Promise<void> =>
      wizard.text('Name').fill(text);
  const jobs = async (wizard: WizardPages): Promise<void> => {
    await wizard.press('Add from jobs…');
    await wizard.pick('Choose jobs', 'Choose', ['Sample backup']);
  };
  return [
    {
      name: 'add-repository',
      title: 'Add Repository',
      open: (app) => app.home('Add Repository'),
      steps: [
        { title: 'Name', fill: named('Third site') },
        { title: 'Folder', fill: (wizard) => wizard.text('Folder').fill(join(folder, 'third')) },
        { title: 'Options' },
        { title: 'Summary' },
      ],
    },
    {
      name: 'add-virtual-library',
      title: 'Add Virtual Library',
      open: (app) => app.home('Add Virtual Library'),
      steps: [
        {
          title: 'Name and Folder',
          fill: async (wizard) => {
            await wizard.text('Name').fill('Second library');
            await wizard.text('Folder').fill(join(folder, 'second-library'));
          },
        },
        { title: 'Drives and Slots' },
        { title: 'Cartridges' },
        { title: 'Summary' },
      ],
    },
    {
      name: 'attach-library',
      title: 'Add Tape Library',
      open: (app) => app.home('Add Tape Library'),
      steps: [{ title: 'Name and Connection', fill: named('Appliance') }],
    },
    {
      name: 'new-media-pool',
      title: 'New Media Pool',
      open: (app) => app.home('Add Media Pool'),
      steps: [
        { title: 'Name', fill: named('Monthly') },
        { title: 'Tapes', fill: (wizard) => wizard.check('Take blank tapes that no pool has yet').check() },
        { title: 'Media Set' },
        { title: 'Retention' },
        { title: 'Options' },
        { title: 'Summary' },
      ],
    },
    {
      name: 'new-backup-job',
      title: 'New Backup Job',
      open: (app) => app.home('Backup Job'),
      steps: [
        { title: 'Name', fill: named('Nightly') },
        {
          title: 'Source',
          fill: async (wizard) => {
            await wizard.press('Add machine…');
            await wizard.inDialog('Add machine', 'Save machine', async (dialog) => {
              await dialog.getByRole('textbox', { name: 'Machine name' }).fill('web-02');
              const disk = join(folder, 'data/sample/disks/web-01.img');
              await dialog.getByRole('textbox', { name: 'Disk image or block device' }).fill(disk);
              await dialog.getByRole('button', { name: 'Add disk', exact: true }).click();
              await expect(dialog.getByRole('table', { name: 'Disks of this machine' })).toContainText(disk);
            });
          },
        },
        { title: 'Repository', fill: (wizard) => wizard.choose('Backup repository', /^Sample repository /) },
        { title: 'Schedule' },
        { title: 'Summary' },
      ],
    },
    {
      name: 'new-backup-copy-job',
      title: 'New Backup Copy Job',
      open: (app) => app.home('Backup Copy Job'),
      steps: [
        { title: 'Name and Mode', fill: named('Off-site copy') },
        { title: 'Objects', fill: jobs },
        { title: 'Target', fill: (wizard) => wizard.choose('Backup repository', /^Sample second site /) },
        { title: 'Schedule' },
        { title: 'Summary' },
      ],
    },
    {
      name: 'new-backup-to-tape-job',
      title: 'New Backup to Tape Job',
      open: (app) => app.home('Backup to Tape Job'),
      steps: [
        { title: 'Name', fill: named('Weekly to tape') },
        { title: 'Backups', fill: jobs },
        { title: 'Media Pool', fill: (wizard) => wizard.choose('Media pool for full backups', /^Sample tapes /) },
        { title: 'Incremental Backup' },
        { title: 'Options' },
        { title: 'Schedule' },
        { title: 'Summary' },
      ],
    },
    {
      name: 'restore-from-tape',
      title: 'Restore Backup from Tape to Repository',
      open: (app) => app.home('Restore from Tape'),
      steps: [
        {
          title: 'Source',
          fill: async (wizard) => {
            await wizard.press('Add machines…');
            await wizard.pick('Choose machines', 'Add machines', ['web-01']);
          },
        },
        { title: 'Tapes Required' },
        { title: 'Destination', fill: (wizard) => wizard.choose(/repository/i, /^Sample second site /) },
        { title: 'Summary' },
      ],
    },
    {
      name: 'restore-disks',
      title: 'Restore Disks',
      open: async (app) => {
        await app.goTo('Home', 'Disk');
        await app.row('Backups: Disk', 'web-01').click();
        await app.contextMenu(app.rows('Restore points').first(), 'Restore Disks');
      },
      steps: [
        { title: 'Restore Point' },
        { title: 'Disks' },
        { title: 'Destination', fill: (wizard) => wizard.text('Folder').fill(join(folder, 'restored')) },
        { title: 'Summary' },
      ],
    },
  ];
}
