import type { PowerSaveBlocker } from 'electron';
import type { RunningSessions } from './running-sessions.ts';
import type { ShellModule } from './shell-module.ts';

/** A computer that falls asleep under a running job breaks it off; the screen may go dark. */
export function keepAwake(
  blocker: Pick<PowerSaveBlocker, 'start' | 'stop'>,
  running: Pick<RunningSessions, 'list'>,
): ShellModule {
  let held: number | undefined;
  const update = (): void => {
    if (running.list.length > 0) held ??= blocker.start('prevent-app-suspension');
    else if (held !== undefined) {
      blocker.stop(held);
      held = undefined;
    }
  };
  return { engineSays: update, engineLost: update };
}
