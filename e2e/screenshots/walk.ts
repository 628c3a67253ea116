import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { Console } from '../fixtures/console.ts';
import { type Choices, settled, type Show, slug } from '../fixtures/wizard-walk.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

const views = ['Home', 'Backup Infrastructure', 'Tape Infrastructure', 'History'] as const;

/** Makes the sample from the welcome page and waits for its end; its session's window stays open. */
export async function makeSample(app: Console): Promise<void> {
  await app.page.getByRole('button', { name: 'Try It with a Virtual Library' }).click();
  const window = app.sessionWindow();
  await expect(window.getByRole('status').first()).toHaveText('Success', { timeout: 120_000 * slowness });
}

export async function closeSession(app: Console): Promise<void> {
  await app.sessionWindow().getByRole('button', { name: 'Close', exact: true }).last().click();
  await expect(app.sessionWindow()).toBeHidden();
}

/** What the sample offers to wizards. */
export const sampleChoices = (folder: string, portal: string | null): Choices => ({
  job: 'Sample backup',
  repository: 'Sample repository',
  target: /^Sample second site /,
  pool: /^Sample tapes /,
  machine: 'web-01',
  machineOnTape: 'web-01',
  disk: join(folder, 'data/sample/disks/web-01.img'),
  folder,
  portal,
});

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
