import type { FromEngine } from './engine-messages.ts';
import type { ShellModule } from './shell-module.ts';

/** The sessions that run in the engine, as far as it has told. */
export class RunningSessions implements ShellModule {
  #list: readonly { id: string; name: string }[] = [];

  get list(): readonly { id: string; name: string }[] {
    return this.#list;
  }

  engineSays(message: FromEngine): void {
    if (message.type === 'sessions') this.#list = message.running;
  }

  engineLost(): void {
    this.#list = [];
  }
}
