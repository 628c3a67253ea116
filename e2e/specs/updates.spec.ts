import type { Page } from '@playwright/test';
import { looks, showAs, violationsOn } from '../fixtures/axe.ts';
import { Console } from '../fixtures/console.ts';
import { expect, test } from '../fixtures/test.ts';

// REELVAULT_E2E_SHOTS names a folder for pictures of what was passed.
const shots = process.env.REELVAULT_E2E_SHOTS;

/** In light, dark and high contrast. */
async function lookAt(page: Page, what: string, where: 'page' | 'dialogs' = 'page'): Promise<void> {
  for (const [at, look] of looks.entries()) {
    await showAs(page, look);
    await expect(page.locator('html')).toHaveAttribute('data-theme', look === 'light' ? 'light' : 'dark');
    if (shots !== undefined) await page.screenshot({ path: `${shots}/${what.replaceAll(' ', '-')}-${look}.png` });
    expect.soft(await violationsOn(page, at === 0 ? 'all' : 'colours', where), `${what}, ${look}`).toEqual([]);
  }
  await showAs(page, 'light');
}

test('an update of the server is told to an open console, which keeps what is being entered until it is reloaded', async ({
  page,
  office,
}) => {
  const app = new Console(page);
  await page.goto(office.url);
  await app.ready();
  const banner = page.getByRole('region', { name: 'Update' });
  await expect(banner).toBeHidden();
  await app.home('Add Repository');
  const wizard = app.wizard('Add Repository');
  await wizard.at('Name');
  await wizard.text('Name').fill('Half entered');

  office.setAway(true);
  await expect(page.getByText('Connection lost')).toBeVisible();
  office.setVersion('0.2.0');
  office.setAway(false);
  // Behind the wizard, which alone is there for a screen reader.
  await expect(page.getByText('The server runs version 0.2.0 now', { exact: false })).toBeVisible();
  await expect(wizard.text('Name')).toHaveValue('Half entered');
  await wizard.press('Cancel');
  await page.getByRole('button', { name: 'Close without saving' }).click();
  await expect(banner).toContainText('Finish what you are entering, then reload.');
  await lookAt(page, 'update banner');

  await banner.getByRole('button', { name: 'Reload the page' }).click();
  await app.ready();
  await expect(banner).toBeHidden();
});

test('a console whose program does not come says so, and is there after a reload', async ({ page, office }) => {
  const app = new Console(page);
  const program = /\/assets\/shell-.*\.js$/;
  await page.route(program, (route) => route.abort());
  await page.goto(office.url);
  await expect(page.getByRole('heading', { name: 'The console could not be loaded' })).toBeVisible();
  await expect(page.getByText('The server may just have been updated', { exact: false })).toBeVisible();
  await lookAt(page, 'a missing console');
  await page.unroute(program);
  await page.getByRole('button', { name: 'Reload the page' }).press('Enter');
  await app.ready();
});

test('a window whose program does not come says what to do; once everything is there, no update can take it away', async ({
  page,
  office,
}) => {
  const app = new Console(page);
  const program = /\/assets\/add-repository-.*\.js$/;
  await page.route(program, (route) => route.abort());
  await page.goto(office.url);
  await app.ready();
  await app.home('Add Repository');
  const missing = page.getByRole('dialog', { name: 'This window cannot be shown' });
  await expect(missing.getByRole('alert')).toContainText('reload the page');
  await lookAt(page, 'a missing window', 'dialogs');
  await missing.getByRole('button', { name: 'Close' }).last().press('Enter');
  await expect(missing).toBeHidden();
  await expect(app.treeItem('Jobs')).toBeVisible();

  await page.unroute(program);
  await page.reload();
  await app.ready();
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => /\/restore-disks-.*\.js$/.test(name)),
  );
  await page.waitForLoadState('networkidle');
  await page.route(/\/assets\//, (route) => route.abort());
  await app.home('Add Repository');
  await app.wizard('Add Repository').at('Name');
});
