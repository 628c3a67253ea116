/** The signals that ask for an orderly end: Ctrl+C, a service manager, and a terminal or connection that is gone. */
export const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** An end that takes longer than this is no longer waited for. */
export const endLimitMs = 60_000;

/**
 * Ends this process with a code at once, whatever hangs in it. `process.exit` waits for threads of its pool and for
 * workers, and one that opens a pipe without a writer, or reads a file server that is gone, never comes back. Replacing the
 * program ends every thread; where that cannot be, the process kills itself. Nothing may be left to do or to print.
 */
export function endAtOnce(code: number): never {
  try {
    process.execve?.('/bin/sh', ['sh', '-c', `exit ${Math.trunc(code) & 0xff}`], {});
  } catch {
    // No such call on Windows, or no shell.
  }
  process.kill(process.pid, 'SIGKILL');
  return process.exit(code);
}
