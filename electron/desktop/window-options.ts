import type { BrowserWindowConstructorOptions } from 'electron';
import { type Rectangle, smallestWindow } from './window-place.ts';

/** The one place where windows get their options from: nothing in them weakens the page's sandbox. */
export function windowOptions(given: {
  preload: string;
  dark: boolean;
  icon: string;
  place: Partial<Rectangle> & { width: number; height: number };
  /** True while developing only: a packaged console has no developer tools. */
  devTools: boolean;
}): BrowserWindowConstructorOptions {
  return {
    title: 'Reelvault',
    icon: given.icon,
    ...given.place,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    // The page's own colours, so that nothing flashes while it loads.
    backgroundColor: given.dark ? '#1f1f1f' : '#ffffff',
    autoHideMenuBar: true,
    webPreferences: {
      preload: given.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: given.devTools,
    },
  };
}
