export interface QuitQuestion {
  message: string;
  detail: string;
  /** The first keeps everything running. */
  buttons: [string, string];
}

/** What is asked before leaving; null when nothing runs and nothing has to be asked. */
export function quitQuestion(running: readonly { name: string }[]): QuitQuestion | null {
  if (running.length === 0) return null;
  const names = running.slice(0, 5).map((session) => `• ${session.name}`);
  const more = running.length > 5 ? [`and ${running.length - 5} more`] : [];
  return {
    message: running.length === 1 ? 'A session is running.' : `${running.length} sessions are running.`,
    detail: [
      ...names,
      ...more,
      '',
      'Quitting stops them in order; what is committed stays, and jobs continue from there at their next run.',
    ].join('\n'),
    buttons: ['Keep running', 'Stop them and quit'],
  };
}
