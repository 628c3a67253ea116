import path from 'node:path';
import { app, BrowserWindow, dialog, nativeTheme } from 'electron';
import { consoleUrl } from './navigation.ts';
import { windowOptions } from './window-options.ts';

/** A window is shown at the latest after this, with whatever it has by then. */
const showLimitMs = 4000;

/** The console's window: made when it is first wanted, hidden when it is closed, gone when the program quits. */
export class ConsoleWindow {
  readonly #icon: string;
  /** Asked when the window is closed: true keeps it, hidden. */
  readonly #keepWhenClosed: () => boolean;
  #window: BrowserWindow | undefined;

  constructor(options: { icon: string; keepWhenClosed: () => boolean }) {
    this.#icon = options.icon;
    this.#keepWhenClosed = options.keepWhenClosed;
  }

  get isWatched(): boolean {
    return this.#window?.isFocused() ?? false;
  }

  /** Brings the window to the front, making it when there is none. */
  show(): void {
    const window = (this.#window ??= this.#make());
    if (window.isMinimized()) window.restore();
    // A new one shows itself once it has something to show.
    if (!window.webContents.isLoading()) window.show();
    window.focus();
  }

  /** Asks in front of the window, where it is shown. Resolves with the number of the button. */
  async ask(question: { message: string; detail: string; buttons: string[] }): Promise<number> {
    const options = {
      type: 'question' as const,
      title: 'Reelvault',
      ...question,
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    };
    const window = this.#window?.isVisible() ? this.#window : undefined;
    const answer = window ? await dialog.showMessageBox(window, options) : await dialog.showMessageBox(options);
    return answer.response;
  }

  #make(): BrowserWindow {
    const preload = path.join(import.meta.dirname, 'preload.cjs');
    const dark = nativeTheme.shouldUseDarkColors;
    const window = new BrowserWindow(windowOptions({ preload, dark, icon: this.#icon }));
    const late = setTimeout(() => window.show(), showLimitMs);
    window.once('ready-to-show', () => {
      clearTimeout(late);
      window.show();
    });
    window.on('close', (event) => {
      if (!this.#keepWhenClosed()) return;
      event.preventDefault();
      window.hide();
    });
    window.once('closed', () => {
      clearTimeout(late);
      this.#window = undefined;
    });
    window.webContents.on('render-process-gone', (_event, details) => {
      if (details.reason === 'clean-exit') return;
      void this.#offerReload(window, `The console’s page has crashed (${details.reason}).`);
    });
    window.on('unresponsive', () => void this.#offerReload(window, 'The console’s page does not respond.'));
    void window.loadURL(consoleUrl).catch((error: unknown) => {
      dialog.showErrorBox(
        'Reelvault',
        `The console could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
      );
      app.quit();
    });
    return window;
  }

  async #offerReload(window: BrowserWindow, message: string): Promise<void> {
    const { response } = await dialog.showMessageBox(window, {
      type: 'error',
      title: 'Reelvault',
      message,
      detail: 'The engine and its jobs are not touched by this.',
      buttons: ['Reload', 'Wait'],
      defaultId: 0,
      cancelId: 1,
    });
    if (response === 0 && !window.isDestroyed()) window.reload();
  }
}
