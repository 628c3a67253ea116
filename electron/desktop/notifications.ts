import { Notification } from 'electron';
import type { ConsoleWindow } from './console-window.ts';

export interface Notice {
  title: string;
  body: string;
  /** Where in the console a click leads (`#/…`). */
  place?: string;
  /** Shown also while the window is looked at. */
  always?: boolean;
}

/** The system's notifications: beside the window, when nobody looks at it. */
export class Notifications {
  readonly #icon: string;
  readonly #window: Pick<ConsoleWindow, 'isWatched' | 'show'>;
  /** What nothing refers to is collected, and its click with it. */
  readonly #shown = new Set<Notification>();

  constructor(icon: string, window: Pick<ConsoleWindow, 'isWatched' | 'show'>) {
    this.#icon = icon;
    this.#window = window;
  }

  readonly show = ({ title, body, place, always = false }: Notice): void => {
    if ((this.#window.isWatched && !always) || !Notification.isSupported()) return;
    const notification = new Notification({ title, body, icon: this.#icon });
    this.#shown.add(notification);
    notification.on('click', () => {
      this.#shown.delete(notification);
      this.#window.show(place);
    });
    notification.on('close', () => this.#shown.delete(notification));
    notification.show();
  };
}
