import type { Locator, Page } from '@playwright/test';
import { serveDouble } from '../doubles/serve-double.ts';
import { Console } from '../fixtures/console.ts';
import { expect, test } from '../fixtures/test.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

/** A small window, and 1280×800 at a zoom of 200 %: everything can be reached, nothing is cut off. */
const sizes = [
  { name: '1024×700', width: 1024, height: 700 },
  { name: '1280×800 at 200 %', width: 640, height: 400 },
];
const places = [
  'home/jobs',
  'home/machines',
  'tape/media/online',
  'tape/libraries/library-0',
  'tape/operator',
  'history/jobs',
];
// REELVAULT_E2E_SHOTS names a folder for pictures of what was passed.
const shots = process.env.REELVAULT_E2E_SHOTS;

test.use({ trace: 'off' });

async function look(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name.replaceAll(/[^\w]+/g, '-')}.png` });
}

async function nothingIsWider(page: Page, where: string): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(overflow, `${where}: wider than the window`).toBeLessThanOrEqual(0);
}

const whole = async (locator: Locator, what: string): Promise<void> =>
  await expect.soft(locator, what).toBeInViewport({ ratio: 0.99, timeout: 3000 * slowness });

for (const { name, width, height } of sizes) {
  test(`everything can be reached in a window of ${name}`, async ({ page }) => {
    test.setTimeout(120_000 * slowness);
    await page.setViewportSize({ width, height });
    const double = await serveDouble({ size: 'usual' });
    try {
      const app = new Console(page);
      await page.goto(double.url);
      await app.ready();
      for (const place of places) {
        await page.evaluate((hash) => (location.hash = hash), `#/${place}`);
        await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
        const row = page.locator('[role="grid"] [role="row"][data-index]').first();
        if (place !== 'tape/operator' && place !== 'tape/libraries/library-0') {
          await row.click();
          await whole(row.locator('[aria-colindex="1"]'), `${place}: the chosen row`);
        }
        await nothingIsWider(page, place);
        await look(page, `${name} ${place}`);
      }

      await page.evaluate((hash) => (location.hash = hash), '#/home/jobs');
      await app.row('Jobs', 'Weekly to tape').click();
      await app.ribbon('Job', 'Edit');
      const wizard = app.wizard('Edit Backup to Tape Job: Weekly to tape');
      for (const step of ['Name', 'Backups', 'Media Pool', 'Incremental Backup', 'Options', 'Schedule', 'Summary']) {
        await wizard.step(step).click();
        await wizard.at(step);
        for (const button of ['Help', 'Previous', 'Next', 'Finish', 'Cancel']) {
          await whole(wizard.button(button), `${step}: ${button}`);
        }
        await nothingIsWider(page, step);
        await look(page, `${name} wizard ${step}`);
        // What does not fit is scrolled to.
        const last = wizard.dialog.locator('main, [role="region"]').locator('input, select, textarea').last();
        if ((await last.count()) > 0 && (await last.isVisible())) {
          await last.scrollIntoViewIfNeeded();
          await expect.soft(last, `${step}: its last field`).toBeInViewport({ timeout: 3000 * slowness });
        }
      }
      await wizard.press('Cancel');
      await expect(wizard.dialog).toBeHidden();

      await page.evaluate((hash) => (location.hash = hash), '#/tape/media/online');
      await app.contextMenu(app.row('Media Online', 'RV0002L9'), 'Erase');
      const dialog = page.locator('[role="dialog"], [role="alertdialog"]');
      for (const button of ['Erase', 'Cancel'])
        await whole(dialog.getByRole('button', { name: button, exact: true }), button);
      await look(page, `${name} dialog`);
    } finally {
      await double.close();
    }
  });
}
