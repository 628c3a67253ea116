import { Menu, Tray } from 'electron';
import type { FromEngine } from './engine-messages.ts';
import { type ShellActions, trayMenu, trayText } from './menus.ts';
import type { RunningSessions } from './running-sessions.ts';
import type { ShellModule } from './shell-module.ts';

/** The icon in the tray: what runs, and the way back to the window. */
export class TrayIcon implements ShellModule {
  readonly #icon: string;
  readonly #actions: ShellActions;
  readonly #running: RunningSessions;
  #tray: Tray | undefined;

  constructor(icon: string, actions: ShellActions, running: RunningSessions) {
    this.#icon = icon;
    this.#actions = actions;
    this.#running = running;
  }

  /** Some Linux desktops have no tray; then the window is all there is. */
  get isThere(): boolean {
    return this.#tray !== undefined;
  }

  ready(): void {
    try {
      const tray = new Tray(this.#icon);
      tray.on('click', this.#actions.show);
      this.#tray = tray;
      this.#update();
    } catch {
      this.#tray = undefined;
    }
  }

  engineSays(message: FromEngine): void {
    if (message.type === 'sessions') this.#update();
  }

  engineLost(): void {
    this.#update();
  }

  #update(): void {
    this.#tray?.setToolTip(trayText(this.#running.list));
    this.#tray?.setContextMenu(Menu.buildFromTemplate(trayMenu(this.#actions, this.#running.list)));
  }
}
