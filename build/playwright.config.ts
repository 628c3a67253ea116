import { defineConfig } from '@playwright/test';
import { slowness } from '../electron/engine/testing/slow-computer.ts';
import { chromiumArgs, chromiumPath } from './chromium.ts';

/** The console in a real browser. `e2e`: specs by user task; `screenshots`: pictures for the guide. */
export default defineConfig({
  outputDir: '../test-results/playwright',
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env.CI !== undefined,
  retries: 0,
  timeout: 120_000 * slowness,
  // Limits of waiting, not of speed: an engine that starts on a busy machine takes its time.
  expect: { timeout: 30_000 * slowness },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1280, height: 800 },
    actionTimeout: 30_000 * slowness,
    // Every step's page is kept; a film of it beside that costs each test a tenth of its time where nothing draws in hardware.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    launchOptions: { ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }), args: chromiumArgs },
  },
  projects: [
    { name: 'e2e', testDir: '../e2e/specs' },
    { name: 'guide', testDir: '../e2e/guide' },
    { name: 'screenshots', testDir: '../e2e/screenshots' },
    { name: 'accessibility', testDir: '../e2e/accessibility' },
  ],
});
