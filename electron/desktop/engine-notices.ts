import type { Notice } from './notifications.ts';
import { noticeOf } from './session-watch.ts';
import type { ShellModule } from './shell-module.ts';
import type { ShellState } from './shell-state.ts';

/** Notifications of what happens in the engine: it failed, a session wants attention, secrets are kept elsewhere. */
export function engineNotices(
  show: (notice: Notice) => void,
  state: Pick<ShellState, 'values' | 'change'>,
): ShellModule {
  /** Once for each change; what cannot be read says so again wherever it is wanted. */
  const tellAboutSecrets = (warning: string | null): void => {
    if ((state.values.secretWarning ?? null) === warning) return;
    state.change({ secretWarning: warning ?? undefined });
    if (warning !== null) show({ title: 'Where passphrases are kept', body: warning, always: true });
  };
  return {
    engineSays(message) {
      if (message.type === 'failed') show({ title: 'The engine did not start', body: message.reason });
      if (message.type === 'ready') tellAboutSecrets(message.secretWarning);
      if (message.type !== 'sessions') return;
      for (const note of [...message.ended, ...message.waiting]) {
        const notice = noticeOf(note);
        if (notice) show({ ...notice, place: `#/home/jobs?session=${encodeURIComponent(note.id)}` });
      }
    },
    engineLost(code, restartInMs) {
      show({
        title: 'The engine has stopped',
        body: `It ended with code ${code} and is started again in ${restartInMs / 1000} s. Interrupted jobs continue at their next run.`,
      });
    },
  };
}
