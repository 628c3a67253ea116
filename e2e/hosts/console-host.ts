import type { Page } from '@playwright/test';

/** A running console of any host, as specs see it: they do not know which. */
export interface ConsoleHost {
  name: 'web' | 'stand-in' | 'electron';
  page: Page;
  dataDir: string;
  /** What the page complained of so far: exceptions, console errors, violations of its content policy. */
  problems: string[];
  close(): Promise<void>;
}

/** Collects whatever a page complains of. A spec ends with `expect(host.problems).toEqual([])`. */
export function watchPage(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  return problems;
}
