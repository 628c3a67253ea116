import type { Page } from '@playwright/test';
import { Tgt, tgtMissing } from '../../electron/engine/scsi/iscsi/testing/tgt.ts';
import { serveDouble } from '../doubles/serve-double.ts';
import { looks, showAs, violationsOn } from '../fixtures/axe.ts';
import { walkCommands } from '../fixtures/command-walk.ts';
import { expect, test } from '../fixtures/test.ts';
import { settled, walkWizards } from '../fixtures/wizard-walk.ts';
import { closeSession, makeSample, sampleChoices, walkScreens } from '../screenshots/walk.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

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
test.setTimeout(1_200_000 * slowness);

/** Everything in the light theme, and in the others what colours alone decide. */
async function violationsOf(page: Page, name: string, where: 'page' | 'dialogs' = 'page'): Promise<string[]> {
  const found: string[] = [];
  for (const look of looks) {
    await showAs(page, look);
    await settled(page);
    const violations = await violationsOn(page, look === 'light' ? 'all' : 'colours', where);
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
  await page.keyboard.press('Control+k');
  await check('palette');
  await page.keyboard.press('Escape');
  const portal = tgtMissing === undefined ? await Tgt.start({ barcodes: ['RV0001L8'] }) : null;
  try {
    await walkWizards(app, sampleChoices(folder, portal?.portal ?? null), check);
  } finally {
    await portal?.close();
  }
  await page.context().clearCookies();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await check('sign-in');

  expect(screens.filter((name) => !seen.has(name))).toEqual([]);
});

test('no menu and no dialog of a command breaks one either', async ({ page }) => {
  const double = await serveDouble({ size: 'usual' });
  try {
    await showAs(page, 'light');
    await page.goto(double.url);
    const seen: string[] = [];
    await walkCommands(page, async (name) => {
      seen.push(name);
      const where = name.startsWith('command-') ? 'dialogs' : 'page';
      expect.soft(await violationsOf(page, name, where)).toEqual([]);
    });
    expect(seen.filter((name) => name.startsWith('command-')).length).toBeGreaterThan(20);
  } finally {
    await double.close();
  }
});
