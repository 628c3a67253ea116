import { chromium, type Page } from 'playwright';
import { build } from 'vite';
import { serveDouble } from '../../e2e/doubles/serve-double.ts';
import { chromiumArgs, chromiumPath } from '../chromium.ts';
import type { Bench, Section } from './bench.ts';
import { target } from './bench.ts';
import { median } from './measure.ts';

/** A task of the browser longer than this is felt as a hitch. */
const hitchMs = 50;

interface Gesture {
  name: string;
  /** Where the gesture is made; each place is opened anew. */
  place: string;
  act: (page: Page) => Promise<void>;
}

const press =
  (...keys: string[]) =>
  async (page: Page): Promise<void> => {
    await page.locator('[role="grid"]').first().focus();
    for (const key of keys) {
      await page.keyboard.press(key);
      await page.waitForTimeout(60);
    }
  };
const wheel = async (page: Page): Promise<void> => {
  await page.locator('[role="grid"]').first().hover();
  for (let step = 0; step < 40; step += 1) {
    await page.mouse.wheel(0, step % 10 === 9 ? 40_000 : 300);
    await page.waitForTimeout(16);
  }
};
const sort = async (page: Page): Promise<void> => {
  await page.locator('[role="columnheader"]').nth(1).click();
  await page.waitForTimeout(300);
};
const search = async (page: Page): Promise<void> => {
  await page.getByRole('searchbox').first().fill('77');
  await page.waitForTimeout(700);
};
const rest = (page: Page): Promise<void> => page.waitForTimeout(500);

const lists = { '10 000 tapes': 'tape/media', '100 000 sessions': 'history/jobs', '20 000 backups': 'home/backups' };
const gestures: Gesture[] = [
  ...Object.entries(lists).flatMap(([name, place]): Gesture[] => [
    { name: `${name}: opened`, place, act: rest },
    { name: `${name}: wheel`, place, act: wheel },
    { name: `${name}: keys`, place, act: press('PageDown', 'PageDown', 'End', 'PageUp', 'Home', 'ArrowDown') },
    { name: `${name}: range of rows`, place, act: press('Home', 'Shift+PageDown', 'Shift+PageDown', 'Shift+PageDown') },
    { name: `${name}: sorted`, place, act: sort },
    { name: `${name}: searched`, place, act: search },
  ]),
  { name: 'library of 10 000 slots: opened', place: 'tape/libraries/library-0', act: rest },
];

/** The longest task of the browser since the last time it was asked. */
async function longestTask(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const { longTasks } = globalThis as unknown as { longTasks: number[] };
    return Math.max(0, ...longTasks.splice(0));
  });
}

async function measure(page: Page, { place, act }: Gesture): Promise<number> {
  // Another view first, so that the place is really made anew.
  await page.evaluate(() => (location.hash = '#/infrastructure/keys'));
  await page.waitForTimeout(300);
  if (act === rest) await longestTask(page);
  await page.evaluate((hash) => (location.hash = `#/${hash}`), place);
  await page.locator('[role="grid"] [data-index], [role="option"]').first().waitFor();
  await page.waitForTimeout(300);
  if (act !== rest) await longestTask(page);
  await act(page);
  await page.waitForTimeout(200);
  return await longestTask(page);
}

/** How long the browser is held up at most by what people do in long lists. */
export const consoleLists: Bench = {
  about: 'the console in Chromium with 10 000 tapes and 100 000 rows: no task of the browser over 50 ms',
  async run({ pairs, say }) {
    await build({ configFile: 'build/vite.config.ts', logLevel: 'warn' });
    const double = await serveDouble({ size: 'large' });
    const browser = await chromium.launch({
      args: chromiumArgs,
      ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      await page.addInitScript(() => {
        const longTasks: number[] = [];
        Object.assign(globalThis, { longTasks });
        new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
          type: 'longtask',
          buffered: true,
        });
      });
      await page.goto(double.url);
      await page.locator('[role="grid"] [data-index]').first().waitFor();
      await page.waitForTimeout(500);
      const start = await longestTask(page);
      const section: Section = {
        title: 'console lists',
        columns: ['', 'longest task, ms (median)', 'worst'],
        rows: [['start of the console', Math.round(start), Math.round(start)]],
        targets: [],
      };
      for (const gesture of gestures) {
        // The first time compiles what it runs.
        await measure(page, gesture);
        const longest: number[] = [];
        for (let time = 0; time < pairs; time += 1) longest.push(await measure(page, gesture));
        say(`${gesture.name}: ${longest.map(Math.round).join(', ')} ms`);
        section.rows.push([gesture.name, Math.round(median(longest)), Math.round(Math.max(...longest))]);
        section.targets.push(target(`${gesture.name}, ms`, median(longest), { atMost: hitchMs }));
      }
      return [section];
    } finally {
      await browser.close();
      await double.close();
    }
  },
};
