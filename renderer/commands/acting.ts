import { formatCount } from '../../shared/domain/format.ts';
import { note, noteProblem } from '../state/notes.ts';
import { openSession } from '../state/session-windows.ts';

/** Calls the engine; says that it is done, or why not. */
export function act(call: Promise<unknown>, done: string, failed: string): void {
  call.then(
    () => note('success', done),
    (error: unknown) => noteProblem(failed, error),
  );
}

/** Starts long work and opens its session's window. */
export function start(call: Promise<{ sessionId: string | null }>, failed: string): void {
  call.then(
    ({ sessionId }) => {
      if (sessionId !== null) openSession(sessionId);
    },
    (error: unknown) => noteProblem(failed, error),
  );
}

/** One call for each row, one after the other; what could not be done is said by name, and the rest is done. */
export async function actOnEach<T>(
  rows: readonly T[],
  nameOf: (row: T) => string,
  call: (row: T) => Promise<unknown>,
  done: (count: number) => string,
  failed: string,
): Promise<void> {
  let count = 0;
  for (const row of rows) {
    try {
      await call(row);
      count += 1;
    } catch (error) {
      noteProblem(`${failed}: ${nameOf(row)}`, error);
    }
  }
  if (count > 0) note('success', done(count));
}

/** `“Nightly”`, or `3 jobs` when there are several. */
export function named<T>(rows: readonly T[], nameOf: (row: T) => string, one: string, many = `${one}s`): string {
  const [first] = rows;
  return rows.length === 1 && first !== undefined ? `“${nameOf(first)}”` : formatCount(rows.length, one, many);
}
