import path from 'node:path';
import { app, BrowserWindow, dialog, nativeTheme, screen } from 'electron';
import { messageOf } from '../../shared/domain/message-of.ts';
import { consoleUrl } from './navigation.ts';
import { channels, type PathKind } from './page-messages.ts';
import type { ShellState } from './shell-state.ts';
import { windowOptions } from './window-options.ts';
import { placeWindow } from './window-place.ts';

/** A window is shown at the latest after this, with whatever it has by then. */
const showLimitMs = 4000;
/** Moves and sizes are written down once they have come to rest. */
const restMs = 500;

/** The console's window: made when it is first wanted, hidden when it is closed, gone when the program quits. */
export class ConsoleWindow {
  readonly #icon: string;
  /** Asked when the window is closed: true keeps it, hidden. */
  readonly #keepWhenClosed: () => boolean;
  readonly #state: ShellState;
  #window: BrowserWindow | undefined;

  constructor(options: { icon: string; state: ShellState; keepWhenClosed: () => boolean }) {
    this.#icon = options.icon;
    this.#state = options.state;
    this.#keepWhenClosed = options.keepWhenClosed;
  }

  get isWatched(): boolean {
    return this.#window?.isFocused() ?? false;
  }

  /** Brings the window to the front, making it when there is none; at a place of the console (`#/…`), if one is given. */
  show(place?: string): void {
    if (this.#window && place !== undefined) this.#window.webContents.send(channels.go, place);
    const window = (this.#window ??= this.#make(place ?? ''));
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

  /** The system's own dialog to choose a folder or a file; null when it was cancelled. */
  async choosePath(kind: PathKind, start: string): Promise<string | null> {
    const window = this.#window;
    if (!window) return null;
    const chosen = await dialog.showOpenDialog(window, {
      title: kind === 'folder' ? 'Choose a folder' : 'Choose a file',
      defaultPath: path.isAbsolute(start) ? start : (this.#state.values.lastFolder ?? app.getPath('home')),
      properties: kind === 'folder' ? ['openDirectory', 'createDirectory', 'promptToCreate'] : ['openFile'],
    });
    const [picked] = chosen.filePaths;
    if (chosen.canceled || picked === undefined) return null;
    this.#state.change({ lastFolder: kind === 'folder' ? picked : path.dirname(picked) });
    return picked;
  }

  #make(place: string): BrowserWindow {
    const preload = path.join(import.meta.dirname, 'preload.cjs');
    const dark = nativeTheme.shouldUseDarkColors;
    const main = screen.getPrimaryDisplay();
    const others = screen.getAllDisplays().filter((display) => display.id !== main.id);
    const areas = [main, ...others].map((display) => display.workArea);
    const { maximized, ...bounds } = placeWindow(this.#state.values.window, areas);
    const window = new BrowserWindow(
      windowOptions({ preload, dark, icon: this.#icon, place: bounds, devTools: !app.isPackaged }),
    );
    if (maximized) window.maximize();
    this.#remember(window);
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
    void window.loadURL(consoleUrl + place).catch((error: unknown) => {
      dialog.showErrorBox('Reelvault', `The console could not be loaded: ${messageOf(error)}`);
      app.quit();
    });
    return window;
  }

  #remember(window: BrowserWindow): void {
    let rest: NodeJS.Timeout | undefined;
    const write = (): void => {
      clearTimeout(rest);
      if (window.isDestroyed()) return;
      this.#state.change({ window: { ...window.getNormalBounds(), maximized: window.isMaximized() } });
    };
    const later = (): void => {
      clearTimeout(rest);
      rest = setTimeout(write, restMs);
    };
    window.on('resize', later);
    window.on('move', later);
    window.on('maximize', later);
    window.on('unmaximize', later);
    window.on('close', write);
    window.once('closed', () => clearTimeout(rest));
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
