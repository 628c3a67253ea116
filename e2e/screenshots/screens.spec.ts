import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { Tgt, tgtMissing } from '../../electron/engine/scsi/iscsi/testing/tgt.ts';
import { expect, test } from '../fixtures/test.ts';
import { settled, type Show, walkWizards } from '../fixtures/wizard-walk.ts';
import { closeSession, makeSample, sampleChoices, walkScreens } from './walk.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

const target = fileURLToPath(new URL('../../test-results/screenshots', import.meta.url));
/** The wizards' pages with the most on them, also taken at the smallest size of the window. */
const widest =
  /-(source|target|schedule|summary|media-pool|options|tapes-required|tapes|retention|cartridges|restore-point|changer-and-drives)$/;

// A trace keeps the page of every step: several times the work of the pictures themselves.
test.use({ trace: 'off' });
test.setTimeout(10 * 60_000 * slowness);

/** Takes a picture in both themes. */
const showOn =
  (page: Page): Show =>
  async (name) => {
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await settled(page);
      await page.screenshot({ path: `${target}/${theme}/${name}.png`, animations: 'disabled' });
    }
  };

test('every screen, light and dark', async ({ app, page }) => {
  const show = showOn(page);
  await expect(page.getByRole('heading', { name: 'Welcome to Reelvault' })).toBeVisible();
  await show('welcome');
  await makeSample(app);
  await settled(page);
  await show('session-window');
  await closeSession(app);
  await walkScreens(app, show);

  await app.goTo('Tape Infrastructure', 'Sample library');
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await settled(page);
  await show('library-list');
  await app.goTo('Tape Infrastructure', 'Online');
  await app.contextMenu(app.rows('Media Online').first(), 'Erase');
  await show('erase-dialog');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await app.goTo('Home', 'Jobs');
  await app.rows('Jobs').first().click({ button: 'right' });
  await show('context-menu');
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: 'Sessions', exact: true }).click();
  await settled(page);
  await show('job-sessions');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('tape');
  await show('palette');
  await page.keyboard.press('Escape');

  await page.context().clearCookies();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await show('sign-in');
});

test('every step of every wizard, light and dark', async ({ app, page, folder }) => {
  const show = showOn(page);
  await makeSample(app);
  await closeSession(app);
  const portal = tgtMissing === undefined ? await Tgt.start({ barcodes: ['RV0001L8', 'RV0002L8'] }) : null;
  try {
    await walkWizards(app, sampleChoices(folder, portal?.portal ?? null), async (name) => {
      await show(name);
      if (!widest.test(name)) return;
      await page.setViewportSize({ width: 1024, height: 700 });
      await show(`${name}-small`);
      await page.setViewportSize({ width: 1280, height: 800 });
    });
  } finally {
    await portal?.close();
  }
});
