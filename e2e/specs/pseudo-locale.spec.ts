import type { Page } from '@playwright/test';
import { inPseudo } from '../../renderer/say.ts';
import { makeSeed } from '../doubles/seed.ts';
import { serveDouble } from '../doubles/serve-double.ts';
import { doubleChoices, wizardAnswers } from '../doubles/wizard-answers.ts';
import { showAs, violationsOn } from '../fixtures/axe.ts';
import { Console } from '../fixtures/console.ts';
import { expect, test } from '../fixtures/test.ts';
import { entered, walkWizards } from '../fixtures/wizard-walk.ts';
import { watchPage } from '../hosts/console-host.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

/**
 * The console in a made-up language: whatever someone reads and is not the engine's stands in brackets, or it is written
 * where no translation reaches it; and the longer texts still fit. Every page of every wizard and every dialog over it is
 * checked for WCAG 2.2 AA on the same walk: walking is most of the work, and no rule depends on the language.
 */
const places = [
  'home/jobs',
  'home/backups/disk',
  'home/backups/tape',
  'home/machines',
  'home/last-24-hours',
  'infrastructure/repositories',
  'infrastructure/keys',
  'tape/libraries',
  'tape/libraries/library-0',
  'tape/media/online',
  'tape/pools',
  'tape/operator',
  'history/jobs',
  'history/audit',
];

/** What the engine and the shared rules say, and what no language changes: numbers with units, times, keys, commands. */
const same = [
  /^[^a-z]*$/i,
  /^(Reelvault( \d.*)?|CSV|HH:MM|3-2-1|Ctrl\+.*|Delete|F5|Proxmox VE|REELVLT .*)$/,
  /^\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d UTC)?)?$/,
  /^[\d,.]+ (bytes|[KMGTP]iB(\/s)?|bytes\/s|ms|s|min( \d+ s)?|h( \d+ min)?|d( \d+ h)?|%)$/,
  /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}(, \d\d:\d\d)?$/,
  /^((Every|On) .* at \d\d:\d\d|Continuously, .*|About .* is free\.|The job has no times of its own: .*)$/,
  /^(Copies 3 machines to Second site\.|3 machines × 40 GiB|Add at least one machine\.)$/,
  /^reelvault /,
  // Paths, devices, host names, and names of products.
  /^(\/|iqn\.|vtl\.|EXAMPLE )/,
  /^Disk image$/,
];

const moment = /[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d/g;

/** Everything that is read on the page now: visible texts, names for screen readers, placeholders and tooltips. */
async function textsOf(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const found = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || parent.closest('script,style,noscript,code,pre') !== null) continue;
      if (parent.getClientRects().length > 0) found.add(node.textContent ?? '');
    }
    for (const element of document.querySelectorAll('[aria-label],[placeholder],[title]')) {
      for (const name of ['aria-label', 'placeholder', 'title']) found.add(element.getAttribute(name) ?? '');
    }
    return [...found].map((text) => text.trim()).filter((text) => text !== '');
  });
}

/** Every text and number that the double can answer with, and what is entered. */
function engineTexts(): string {
  return JSON.stringify([makeSeed('usual'), wizardAnswers, wizardAnswers.plan([]), doubleChoices, entered]);
}

async function expectTranslated(page: Page, where: string, engine: string): Promise<void> {
  const left = (await textsOf(page)).filter(
    (text) =>
      !text.includes('⟦') &&
      !same.some((pattern) => pattern.test(text)) &&
      // A name that was cut in the middle, or a few of the engine's words beside each other.
      !text
        .replaceAll(moment, '')
        .split(/…| \(|\)|: |, /)
        .every((part) => engine.includes(part)),
  );
  expect.soft(left, `${where}: texts that no translation reaches`).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(overflow, `${where}: wider than the window`).toBeLessThanOrEqual(0);
}

// A trace keeps the page of every step, and this takes hundreds of them; what is wrong is in the messages.
test.use({ trace: 'off' });
test.setTimeout(300_000 * slowness);

test('every text passes the catalogue, a third more of it still fits, and every wizard page and dialog keeps WCAG 2.2 AA', async ({
  page,
}) => {
  const problems = watchPage(page);
  const double = await serveDouble({ size: 'usual' });
  const engine = engineTexts();
  try {
    await showAs(page, 'light');
    await page.addInitScript(() => localStorage.setItem('reelvault.locale', 'pseudo'));
    await page.goto(double.url);
    const rows = page.locator('[role="grid"] [role="row"][data-index]');
    for (const place of places) {
      await page.evaluate((hash) => (location.hash = hash), `#/${place}`);
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      if (place !== 'tape/operator' && place !== 'tape/libraries/library-0') {
        await rows.first().click();
        await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      }
      await expectTranslated(page, place, engine);
    }

    const words = (text: string): string => inPseudo([text], []);
    const seen: string[] = [];
    await walkWizards(new Console(page, words), doubleChoices, async (name) => {
      seen.push(name);
      await expectTranslated(page, name, engine);
      // Not even the longest labels push the last button out of the window.
      const outside = await page.evaluate(() =>
        [...document.querySelectorAll('[role="dialog"] button, [role="alertdialog"] button')]
          .filter((button) => button.getBoundingClientRect().right > innerWidth)
          .map((button) => button.textContent),
      );
      expect.soft(outside, `${name}: buttons outside of the window`).toEqual([]);
      expect.soft(await violationsOn(page, 'all', 'dialogs'), `${name}: WCAG`).toEqual([]);
    });
    expect(seen.length).toBeGreaterThan(55);
  } finally {
    await double.close();
  }
  expect(problems).toEqual([]);
});
