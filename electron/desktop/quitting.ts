import type { App } from 'electron';
import { type QuitQuestion, quitQuestion } from './quit-rule.ts';
import type { ShellModule } from './shell-module.ts';

/** How long the engine may take to end its sessions before it is killed; it recovers at its next start. */
const stopLimitMs = 30_000;

/** Leaving the program: asks while jobs run, stops the engine in order, and only then lets Electron quit. */
export class Quitting implements ShellModule {
  readonly #app: Pick<App, 'on' | 'quit'>;
  readonly #running: () => readonly { name: string }[];
  readonly #hasTray: () => boolean;
  readonly #ask: (question: QuitQuestion) => Promise<number>;
  readonly #stopEngine: (limitMs: number) => Promise<void>;
  #asking = false;
  #isLeaving = false;

  constructor(parts: {
    app: Pick<App, 'on' | 'quit'>;
    running: () => readonly { name: string }[];
    hasTray: () => boolean;
    /** Resolves with the number of the button. */
    ask: (question: QuitQuestion) => Promise<number>;
    stopEngine: (limitMs: number) => Promise<void>;
  }) {
    this.#app = parts.app;
    this.#running = parts.running;
    this.#hasTray = parts.hasTray;
    this.#ask = parts.ask;
    this.#stopEngine = parts.stopEngine;
  }

  /** Closing the window keeps jobs running: the program stays in the tray, or, where there is none, while something runs. */
  get staysWithoutWindow(): boolean {
    return this.#hasTray() || this.#running().length > 0;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  load(): void {
    this.#app.on('window-all-closed', () => {
      if (!this.staysWithoutWindow) this.#app.quit();
    });
    this.#app.on('before-quit', (event) => {
      if (this.#isLeaving) return;
      event.preventDefault();
      void this.#leave();
    });
  }

  async #leave(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const question = quitQuestion(this.#running());
      if (question && (await this.#ask(question)) !== 1) return;
      await this.#stopEngine(stopLimitMs);
      this.#isLeaving = true;
      this.#app.quit();
    } finally {
      this.#asking = false;
    }
  }
}
