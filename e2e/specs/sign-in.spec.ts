import { Console, password } from '../fixtures/console.ts';
import { expect, test } from '../fixtures/test.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

test('the first start takes a password once, and only with the printed token', async ({ page, host }) => {
  await page.goto(host.url);
  await expect(page.getByRole('heading', { name: 'Set the password of this console' })).toBeVisible();
  await expect(page.getByText('Open the address that the server printed', { exact: false })).toBeVisible();
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password);
  await page.getByRole('textbox', { name: 'Password again', exact: true }).fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('alert')).toBeVisible();

  // Only the fragment differs: the browser does not load the page anew by itself.
  await page.goto('about:blank');
  const app = new Console(page);
  await app.setPassword(host);
  expect(new URL(page.url()).hash).not.toContain('token');

  await page.goto('about:blank');
  await page.goto(host.firstStartUrl ?? '');
  await app.ready();
});

test('the two passwords must agree and be long enough', async ({ page, host }) => {
  await page.goto(host.firstStartUrl ?? '');
  const set = page.getByRole('button', { name: 'Set password' });
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill('short');
  await expect(set).toBeDisabled();
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password);
  await page.getByRole('textbox', { name: 'Password again', exact: true }).fill(`${password}!`);
  await set.click();
  await expect(page.getByRole('alert')).toContainText('not the same');
});

test('wrong passwords are refused and slowed down', async ({ app, host, browser }) => {
  void app;
  const stranger = await browser.newContext();
  const page = await stranger.newPage();
  const other = new Console(page);
  await other.signIn(host, 'wrong password');
  await expect(page.getByRole('alert')).toBeVisible();
  const submit = page.getByRole('button', { name: 'Sign in' });
  // Some attempts are free; then each one costs a wait that the page counts down.
  const waiting = page.getByText(/^Try again in \d+ s\.$/);
  await expect(async () => {
    if (!(await waiting.isVisible())) await submit.click({ timeout: 1000 });
    await expect(waiting).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 30_000 * slowness });
  await expect(submit).toBeDisabled();
  await expect(submit).toBeEnabled({ timeout: 60_000 * slowness });
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password);
  await submit.click();
  await other.ready();
  await stranger.close();
});

test('a session outlives a reload and ends with signing out, in every window', async ({ app, page, host, context }) => {
  await page.reload();
  await app.ready();
  const second = await context.newPage();
  await second.goto(host.url);
  await new Console(second).ready();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(second.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await app.signIn(host);
  await app.ready();
});

test('nothing of the console is served to a stranger', async ({ app, host, playwright }) => {
  void app;
  const request = await playwright.request.newContext();
  const reply = await request.post(new URL('api/jobs/list', host.url).href, { data: {} });
  expect(reply.ok()).toBe(false);
  expect([401, 403, 404, 405]).toContain(reply.status());
  await request.dispose();
});
