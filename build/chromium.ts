import { existsSync } from 'node:fs';

/** The browser of the tests: Debian's, which needs no download; undefined: Playwright's own, where it is installed. */
export const chromiumPath: string | undefined = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));

/** Chromium's switches where it runs as root on a small machine without a display, and stays off the network. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
