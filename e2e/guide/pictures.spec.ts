import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, test as base } from '../fixtures/test.ts';
import { settled, walkWizards } from '../fixtures/wizard-walk.ts';
import { closeSession, makeSample, sampleChoices } from '../screenshots/walk.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

/** The pictures of the user guide, from the running console: `npm run guide:pictures`. */
const target = fileURLToPath(new URL('../../docs/guide/pictures', import.meta.url));

const test = base.extend({
  // A folder with a plain name, for it is seen in pictures.
  // eslint-disable-next-line no-empty-pattern
  folder: async ({}, use) => {
    const folder = join(tmpdir(), 'reelvault');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});

/** Steps of wizards that the guide shows, by the names of the walk. */
const wizardPictures: Readonly<Record<string, string>> = {
  'add-repository-2-folder': 'add-repository',
  'add-virtual-library-3-cartridges': 'add-virtual-library',
  'new-media-pool-4-retention': 'new-media-pool-retention',
  'new-backup-job-2-source': 'new-backup-job-source',
  'new-backup-job-3-repository': 'new-backup-job-repository',
  'new-backup-copy-job-3-target': 'new-backup-copy-job-target',
  'new-backup-to-tape-job-3-media-pool': 'new-tape-job-pool',
  'restore-from-tape-2-tapes-required': 'restore-tapes-required',
  'restore-disks-4-summary': 'restore-disks',
};

test.setTimeout(20 * 60_000 * slowness);
test.use({ viewport: { width: 1120, height: 700 }, colorScheme: 'light' });

const take = async (page: Page, name: string): Promise<void> => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await settled(page);
  await page.screenshot({ path: join(target, `${name}.png`), animations: 'disabled' });
};

test('the guide’s pictures', async ({ app, page, folder }) => {
  await rm(target, { recursive: true, force: true });
  await expect(page.getByRole('heading', { name: 'Welcome to Reelvault' })).toBeVisible();
  await take(page, 'welcome');
  await makeSample(app);
  await closeSession(app);
  await app.goTo('Home', 'Jobs');
  await app.rows('Jobs').first().click();
  await page.getByRole('tab', { name: 'Sessions', exact: true }).click();
  await app.rows('Sessions of this job').first().dblclick();
  await expect(app.sessionWindow()).toBeVisible();
  await take(page, 'session');
  await closeSession(app);

  await app.goTo('Home', 'Jobs');
  await app.rows('Jobs').last().click();
  await take(page, 'jobs');
  await app.goTo('Home', 'Machines');
  await page.getByRole('grid').first().locator('[role="row"][data-index]').first().click();
  await take(page, 'machines');
  // The second of that name: the first holds jobs.
  await page
    .getByRole('treeitem', { name: /^Tape(,? \d+)?$/ })
    .nth(1)
    .click();
  await app.row('Backups: Tape', 'web-01').click();
  await take(page, 'tape-points');
  await app.goTo('Tape Infrastructure', 'Online');
  await app.rows('Media Online').first().click();
  await page.getByRole('tab', { name: 'Why, or why not', exact: true }).click();
  await take(page, 'media');
  await app.goTo('Tape Infrastructure', 'Sample library');
  await take(page, 'library');
  await app.goTo('Tape Infrastructure', 'Operator’s List');
  await take(page, 'operator');

  await walkWizards(app, sampleChoices(folder, null), async (name) => {
    const picture = wizardPictures[name];
    if (picture !== undefined) await take(page, picture);
  });

  await page.context().clearCookies();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await take(page, 'sign-in');
  expect((await readdir(target)).length).toBe(9 + Object.keys(wizardPictures).length);
});
