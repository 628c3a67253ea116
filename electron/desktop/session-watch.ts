import type { SessionRow } from '../../shared/contract/sessions.ts';
import type { FromEngine, SessionNote } from './engine-messages.ts';

type SessionsMessage = Extract<FromEngine, { type: 'sessions' }>;

/** Turns lists of sessions into what has changed since the last one: for the tray, notifications and the quit rule. */
export class SessionWatch {
  #running = new Map<string, SessionRow>();
  /** What the last look saw; undefined before the first, for what ended before the program began is no news. */
  #known: ReadonlySet<string> | undefined;

  /** `rows`: the newest sessions, running ones among them. */
  update(rows: readonly SessionRow[]): SessionsMessage {
    const running = new Map(rows.filter((row) => row.result === null).map((row) => [row.id, row]));
    // A job that fails at once begins and ends between two looks: it was never seen to run, and is news all the same.
    const known = this.#known;
    const ended = rows.filter(
      (row) => row.result !== null && known !== undefined && (this.#running.has(row.id) || !known.has(row.id)),
    );
    const waiting = [...running.values()].filter(
      (row) => row.state === 'waiting-tape' && this.#running.get(row.id)?.state !== 'waiting-tape',
    );
    this.#running = running;
    this.#known = new Set(rows.map((row) => row.id));
    return {
      type: 'sessions',
      running: [...running.values()].map(({ id, name }) => ({ id, name })),
      ended: ended.map((row) => note(row, row.reason)),
      waiting: waiting.map((row) => note(row, row.stateText)),
    };
  }
}

function note(row: SessionRow, text: string | null): SessionNote {
  return { id: row.id, name: row.name, result: row.result, text };
}

/** What deserves an administrator's attention while the window is not looked at; null for what went well. */
export function noticeOf(note: SessionNote): { title: string; body: string } | null {
  if (note.result === 'failed') return { title: `${note.name} failed`, body: note.text ?? 'Its session says why.' };
  if (note.result === 'warning')
    return { title: `${note.name}: warnings`, body: note.text ?? 'Its session says which.' };
  if (note.result === null) return { title: `${note.name} waits for a tape`, body: note.text ?? 'Bring one in.' };
  return null;
}
