import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { serveDouble } from '../doubles/serve-double.ts';
import { violationsOn } from '../fixtures/axe.ts';
import { Console } from '../fixtures/console.ts';
import { watchPage } from '../hosts/console-host.ts';
import { expect, test as base } from '../fixtures/test.ts';

/** The frame around every list, on an engine with a usual office's worth of rows. */
const test = base.extend<{ list: Console }>({
  list: async ({ page, office }, use) => {
    const problems = watchPage(page);
    const app = new Console(page);
    await page.goto(`${office.url}/#/tape/media/online`);
    await app.ready();
    await expect(app.rows('Media Online').first()).toBeVisible();
    await use(app);
    expect(problems).toEqual([]);
  },
});

const count = (page: Page, text: RegExp): Locator => page.getByText(text).first();
const barcodes = async (rows: Locator): Promise<string[]> =>
  (await rows.locator('[aria-colindex="1"]').allInnerTexts()).map((text) => text.trim());
const selected = async (app: Console): Promise<string[]> =>
  barcodes(app.grid('Media Online').locator('[role="row"][aria-selected="true"]'));

test('several rows are chosen by pointer and by keys, and a command takes all of them', async ({ list: app, page }) => {
  const rows = app.rows('Media Online');
  await rows.nth(2).click();
  await rows.nth(4).click({ modifiers: ['Shift'] });
  await expect(count(page, /^3 of 20 selected/)).toBeVisible();
  expect(await selected(app)).toEqual(['RV0002L9', 'RV0003L9', 'RV0004L9']);
  await rows.nth(3).click({ modifiers: ['Control'] });
  await rows.nth(6).click({ modifiers: ['Control'] });
  expect(await selected(app)).toEqual(['RV0002L9', 'RV0004L9', 'RV0006L9']);

  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowUp');
  expect(await selected(app)).toEqual(['RV0000L9', 'RV0001L9']);
  // What is on the chosen tapes together stands beside their number.
  await expect(count(page, /^2 of 20 selected · Used /)).toBeVisible();
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Protect', exact: true }).click();
  await expect(page.getByText('Protected: 2 tapes.').first()).toBeVisible();
  expect(await selected(app)).toEqual(['RV0000L9', 'RV0001L9']);
  await page.keyboard.press('Control+a');
  await expect(count(page, /^20 of 20 selected/)).toBeVisible();
});

test('chosen rows go into the clipboard, and all that a search finds into a CSV file', async ({
  list: app,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const rows = app.rows('Media Online');
  await rows.nth(1).click();
  await rows.nth(2).click({ modifiers: ['Shift'] });
  await page.keyboard.press('Control+c');
  const copied = (await page.evaluate(() => navigator.clipboard.readText()))
    .split('\n')
    .map((line) => line.split('\t'));
  expect(copied).toHaveLength(3);
  expect(copied[0]?.slice(0, 3)).toEqual(['Barcode', 'State', 'Media Pool']);
  expect(copied.slice(1).map((line) => line[0])).toEqual(['RV0001L9', 'RV0002L9']);
  expect(new Set(copied.map((line) => line.length)).size).toBe(1);

  await page.getByRole('searchbox', { name: 'Search' }).fill('RV001');
  await expect(rows).toHaveCount(10);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('media.csv');
  const csv = (await readFile(await download.path(), 'utf8'))
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split('\r\n');
  expect(csv).toHaveLength(11);
  expect(csv[0]?.startsWith('Barcode,State,Media Pool,')).toBe(true);
  expect(csv.slice(1).map((line) => line.split(',')[0])).toEqual(await barcodes(rows));
});

test('columns, their widths and order, the sort, the ribbon and the tree are as they were after a reload', async ({
  list: app,
  page,
}) => {
  const heading = (name: string): Locator =>
    app.grid('Media Online').getByRole('columnheader', { name: new RegExp(`^${name}`) });
  const arrange = async (column: string, entry: string): Promise<void> => {
    await heading(column).click({ button: 'right' });
    await page.getByRole('menuitem', { name: entry, exact: true }).click();
  };
  await arrange('Media Set', 'Hide this column');
  await arrange('State', 'Move left');
  await arrange('Barcode', 'Wider');
  await arrange('Barcode', 'Sort descending');
  await expect(app.rows('Media Online').first()).toContainText('RV0019L9');
  await page.getByRole('button', { name: 'Minimise the ribbon' }).click();
  await page.getByRole('separator', { name: 'Width of the navigation' }).press('ArrowRight');
  const shape = async (): Promise<unknown> => ({
    headings: await app.grid('Media Online').getByRole('columnheader').allInnerTexts(),
    widthPx: (await heading('Barcode').boundingBox())?.width,
    treePx: (await page.getByRole('tree').boundingBox())?.width,
    first: (await barcodes(app.rows('Media Online').first())).length,
  });
  const before = await shape();
  await page.reload();
  await expect(app.rows('Media Online').first()).toContainText('RV0019L9');
  expect(await shape()).toEqual(before);
  await expect(heading('Media Set')).toHaveCount(0);
  await expect(heading('Barcode')).toHaveAttribute('aria-sort', 'descending');
  await expect(page.getByRole('button', { name: 'Expand the ribbon' })).toBeVisible();

  await arrange('State', 'Move right');
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitem', { name: 'Reset this layout' }).click();
  await expect(heading('Media Set')).toBeVisible();
});

test('a search and filters are kept under a name and chosen again after a reload', async ({ list: app, page }) => {
  const rows = app.rows('Media Online');
  const search = page.getByRole('searchbox', { name: 'Search' });
  const menu = async (entry: string): Promise<void> => {
    await page.getByRole('button', { name: 'Saved filters' }).click();
    await page.getByRole('menu').getByText(entry, { exact: true }).click();
  };
  await page.getByRole('button', { name: 'Saved filters' }).click();
  await expect(page.getByRole('menuitem', { name: /^Save this filter/ })).toContainText('Search or filter first.');
  await page.keyboard.press('Escape');
  await search.fill('RV001');
  await app
    .grid('Media Online')
    .getByRole('button', { name: /^Filter.*State/ })
    .click();
  await page.getByRole('menuitemcheckbox', { name: 'Closed', exact: true }).click();
  await page.keyboard.press('Escape');
  await expect(rows).toHaveCount(2);
  await menu('Save this filter…');
  const dialog = page.getByRole('dialog', { name: 'Save this filter' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Closed tens');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();

  await page.reload();
  await expect(rows).toHaveCount(20);
  await menu('Closed tens');
  await expect(rows).toHaveCount(2);
  await expect(search).toHaveValue('RV001');

  // It stands below its place in the tree, where the list is whole.
  const tree = page.getByRole('tree');
  const kept = tree.getByRole('treeitem', { name: 'Closed tens' });
  await app.treeItem('Offline').click();
  await expect(search).toHaveValue('');
  await app.treeItem('Online').click();
  await page.keyboard.press('ArrowDown');
  await expect(kept).toHaveAttribute('aria-selected', 'true');
  await expect(rows).toHaveCount(2);
  await page.reload();
  await expect(kept).toHaveAttribute('aria-selected', 'true');
  await expect(rows).toHaveCount(2);
  await app.treeItem('Online').click();
  await expect(rows).toHaveCount(20);
  await expect(search).toHaveValue('');
  await kept.focus();
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  const renaming = page.getByRole('dialog', { name: 'Rename the filter “Closed tens”' });
  await renaming.getByRole('textbox', { name: 'Name' }).fill('Full shelf');
  await page.keyboard.press('Enter');
  const renamed = tree.getByRole('treeitem', { name: 'Full shelf' });
  await expect(renamed).toHaveAttribute('aria-selected', 'true');
  await expect(renamed).toBeFocused();
  expect(await violationsOn(page, 'all')).toEqual([]);
  await expect(rows).toHaveCount(2);
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Remove “Full shelf”' }).press('Enter');
  await expect(renamed).toHaveCount(0);
  await expect(app.treeItem('Online')).toHaveAttribute('aria-selected', 'true');
  await expect(app.treeItem('Online')).toBeFocused();
  await expect(rows).toHaveCount(20);
  await page.getByRole('button', { name: 'Saved filters' }).click();
  await expect(page.getByRole('menuitemcheckbox')).toHaveCount(0);
});

test('a pasted link opens the place with its row chosen and its session, after a sign-in too', async ({
  office,
  context,
  page,
}) => {
  const app = new Console(page);
  await page.goto(`${office.url}/#/home/last-24-hours`);
  await app.rows('Last 24 Hours').first().click();
  await page.keyboard.press('End');
  const link = page.url();
  expect(link).toContain('?select=');
  const chosen = app.grid('Last 24 Hours').locator('[role="row"][aria-selected="true"]');
  const text = await chosen.innerText();

  const fresh = await context.newPage();
  await fresh.goto(link);
  const other = new Console(fresh);
  const there = other.grid('Last 24 Hours').locator('[role="row"][aria-selected="true"]');
  // Far down in the list, and in sight all the same.
  await expect(there).toBeInViewport();
  expect(await there.innerText()).toBe(text);
  await there.dblclick();
  await expect(other.sessionWindow()).toBeVisible();
  const withSession = fresh.url();
  const title = await other.sessionWindow().getByRole('heading', { level: 2 }).innerText();
  await fresh.close();

  const later = await context.newPage();
  const signedOut = await serveDouble({ size: 'usual', auth: 'sign-in' });
  try {
    await later.goto(withSession.replace(office.url, signedOut.url));
    const third = new Console(later);
    await third.enterPassword();
    await expect(third.sessionWindow().getByRole('heading', { level: 2 })).toHaveText(title);
    await later.keyboard.press('Escape');
    await expect(later.locator('[role="row"][aria-selected="true"]')).toHaveCount(1);
    // Where nothing is, the console shows the list that it would stand in, and says nothing wrong.
    await later.goto(`${signedOut.url}/#/tape/libraries/no-such-library/media?select=nothing`);
    await expect(later.getByRole('heading', { name: /Media in / })).toBeVisible();
  } finally {
    await signedOut.close();
  }
});

test('what cannot be done now says why: in the ribbon, the menu, the palette, and to a key', async ({
  office,
  page,
}) => {
  const app = new Console(page);
  await page.goto(`${office.url}/#/home/jobs`);
  await app.row('Jobs', 'Weekly to tape').click();
  const why = '“Weekly to tape” is running: stop it first.';
  const ribbon = page.getByRole('toolbar', { name: 'Job', exact: true }).getByRole('button', { name: 'Delete' });
  await expect(ribbon).toHaveAttribute('aria-disabled', 'true');
  await expect(ribbon).toHaveAttribute('title', why);
  await expect(ribbon).toHaveAccessibleDescription(why);
  // It can be reached and pressed, and does nothing.
  await ribbon.click({ force: true });
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await app.row('Jobs', 'Weekly to tape').click({ button: 'right' });
  const entry = page.getByRole('menuitem', { name: 'Delete' });
  await expect(entry).toHaveAttribute('aria-disabled', 'true');
  await expect(entry).toContainText(why);
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await page.keyboard.type('Delete');
  const option = page.getByRole('option', { name: 'Delete' }).first();
  await expect(option).toHaveAttribute('aria-disabled', 'true');
  await expect(option).toContainText(why);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Find a command' })).toBeVisible();
  await page.keyboard.press('Escape');

  await app.grid('Jobs').press('Delete');
  await expect(page.getByText(why).last()).toBeVisible();
  await expect(app.row('Jobs', 'Weekly to tape')).toBeVisible();
});

test('F1 opens the guide at what is being done, over a wizard too, and gives the focus back', async ({
  list: app,
  page,
}) => {
  const help = page.getByRole('dialog', { name: 'User guide', exact: true });
  await app.grid('Media Online').focus();
  await page.keyboard.press('F1');
  await expect(help.getByRole('heading', { name: 'Tapes that change their place in life' })).toBeFocused();
  await help.getByRole('button', { name: 'Retention explained' }).click();
  await expect(help.getByRole('heading', { name: 'Retention explained' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await expect(app.grid('Media Online')).toBeFocused();

  await app.home('Backup to Tape Job');
  const wizard = app.wizard('New Backup to Tape Job');
  await wizard.at('Name');
  await wizard.press('Help');
  await expect(help.getByRole('heading', { name: 'New Backup to Tape Job' })).toBeInViewport();
  expect(await violationsOn(page, 'all')).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await expect(wizard.button('Help')).toBeFocused();
  await wizard.at('Name');
});

test('F1 is about the wizard on top, and links in the guide lead on', async ({ list: app, page }) => {
  const help = page.getByRole('dialog', { name: 'User guide', exact: true });
  await page.goto(page.url().replace(/#.*/, '#/home/jobs'));
  await app.row('Jobs', 'Weekly to tape').click();
  await app.ribbon('Job', 'Edit');
  const wizard = app.wizard('Edit Backup to Tape Job: Weekly to tape');
  await wizard.step('Media Pool').click();
  await wizard.press('New media pool…');
  const inner = app.wizard('New Media Pool');
  await inner.at('Name');
  await page.keyboard.press('F1');
  await expect(help.getByRole('heading', { name: 'New Media Pool', exact: true })).toBeInViewport();
  await help.getByRole('button', { name: 'How it is stored' }).click();
  await expect(help.getByRole('heading', { level: 3, name: 'Virtual tape library' })).toBeFocused();
  await page.keyboard.press('Escape');
  await inner.press('Cancel');
  await expect(inner.dialog).toBeHidden();
  await page.keyboard.press('F1');
  await expect(help.getByRole('heading', { name: 'New Backup to Tape Job', exact: true })).toBeInViewport();
});
