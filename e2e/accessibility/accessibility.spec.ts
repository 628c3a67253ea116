import type { Page } from '@playwright/test';
import { looks, showAs, violationsOn } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { closeSession, makeSample, settled, walkScreens, walkWizards } from '../screenshots/walk.ts';

/** One of each kind of screen: the others are the same lists with other rows. */
const screens = [
  'home-01-jobs',
  'home-06-disk',
  'home-10-tape',
  'home-11-machines',
  'home-14-success',
  'backup-infrastructure-01-repositories',
  'backup-infrastructure-02-keys',
  'tape-infrastructure-02-sample-library',
  'tape-infrastructure-03-drives',
  'tape-infrastructure-05-media',
  'tape-infrastructure-13-sample-tapes',
  'tape-infrastructure-14-operator-s-list',
  'history-04-audit',
];

// A trace keeps the page of every step: far more work than the rules themselves.
test.use({ trace: 'off' });

/** Everything in the light theme, and in the others what colours alone decide. */
async function violationsOf(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const look of looks) {
    await showAs(page, look);
    await settled(page);
    const violations = await violationsOn(page, look === 'light' ? 'all' : 'colours');
    found.push(...violations.map((violation) => `${name}, ${look}: ${violation}`));
  }
  await showAs(page, 'light');
  return found;
}

test('no screen and no wizard breaks a rule of WCAG 2.2 AA that can be checked, light, dark or in high contrast', async ({
  app,
  page,
  folder,
}) => {
  test.setTimeout(1_200_000);
  const seen = new Set<string>();
  const check = async (name: string): Promise<void> => {
    seen.add(name);
    expect.soft(await violationsOf(page, name)).toEqual([]);
  };
  await check('welcome');
  await makeSample(app);
  await check('session-window');
  await closeSession(app);
  await walkScreens(app, check, screens);
  await app.goTo('Tape Infrastructure', 'Online');
  await app.contextMenu(app.rows('Media Online').first(), 'Erase');
  await check('erase-dialog');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.keyboard.press('Control+k');
  await check('palette');
  await page.keyboard.press('Escape');
  await walkWizards(app, folder, check, (step, of) => step === 0 || step === of - 1);
  await page.context().clearCookies();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await check('sign-in');

  expect(screens.filter((name) => !seen.has(name))).toEqual([]);
});
