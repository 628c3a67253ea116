import type { BrowserWindowConstructorOptions } from 'electron';

/** The one place where windows get their options from: nothing in them weakens the page's sandbox. */
export function windowOptions(given: {
  preload: string;
  dark: boolean;
  icon: string;
}): BrowserWindowConstructorOptions {
  return {
    name: 'console',
    title: 'Reelvault',
    icon: given.icon,
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    // Size and place are kept by Electron, under the name above.
    windowStatePersistence: true,
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
    },
  };
}
