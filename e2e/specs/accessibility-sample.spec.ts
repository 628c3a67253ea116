import type { Page } from '@playwright/test';
import { serveDouble } from '../doubles/serve-double.ts';
import { looks, showAs, violationsOn } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

/**
 * One of each kind of screen; wizard pages are seen to in `pseudo-locale.spec.ts`. Every screen, dialog and wizard page in
 * every look: `npm run test:accessibility`.
 */
const places: Record<string, (page: Page) => Promise<void>> = {
  'home/jobs': (page) => rows(page).first().click(),
  'home/machines': (page) => rows(page).first().click(),
  'tape/media/online': async (page) => {
    await rows(page).nth(2).click();
    await page.getByRole('tab', { name: 'Why, or why not' }).click();
  },
  'tape/libraries/library-0': (page) => page.getByRole('option').nth(1).click(),
  'tape/operator': () => Promise.resolve(),
  'home/last-24-hours/running': async (page) => {
    await rows(page).first().dblclick();
    await expect(page.getByRole('dialog')).toBeVisible();
  },
};

const rows = (page: Page) => page.locator('[role="grid"]').first().locator('[role="row"][data-index]');

test.use({ trace: 'off' });
test.setTimeout(300_000 * slowness);

test('one of each kind of screen keeps WCAG 2.2 AA in light, dark and high contrast, and nothing moves for those who ask', async ({
  page,
}) => {
  const double = await serveDouble({ size: 'usual' });
  try {
    await showAs(page, 'light');
    await page.goto(double.url);
    for (const [place, open] of Object.entries(places)) {
      await page.evaluate((hash) => (location.hash = hash), `#/${place}`);
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await open(page);
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      for (const look of looks) {
        await showAs(page, look);
        const violations = await violationsOn(page, look === 'light' ? 'all' : 'colours');
        expect.soft(violations, `${place}, ${look}`).toEqual([]);
      }
      await showAs(page, 'light');
      const moving = await page.evaluate(() =>
        document.getAnimations().flatMap((animation) => {
          const { duration } = animation.effect?.getComputedTiming() ?? {};
          return typeof duration === 'number' && duration > 1 ? [`${animation.id} ${duration} ms`] : [];
        }),
      );
      expect.soft(moving, `${place}: moves`).toEqual([]);
      if ((await page.getByRole('dialog').count()) > 0) await page.keyboard.press('Escape');
    }
  } finally {
    await double.close();
  }
});
