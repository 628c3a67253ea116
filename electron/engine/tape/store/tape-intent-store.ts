import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Surface, UnitOfWork } from '../../database/unit-of-work.ts';

/**
 * What was begun with a tape and may have been cut off by a crash. `overwrite`: a tape gets a new label (its new uuid is
 * known beforehand); `erase`: a tape is being emptied. Settled by reading the label again.
 */
export type TapeIntent =
  | {
      kind: 'overwrite';
      mediumId: string;
      /** What stands on it, already gone from the catalogue; null: a blank or foreign tape. */
      oldTapeUuid: string | null;
      newTapeUuid: string;
      setId: string;
      sequence: number;
      poolId: string;
    }
  | { kind: 'erase'; mediumId: string };

export interface StoredIntent {
  id: string;
  createdAt: number;
  sessionId: string | null;
  intent: TapeIntent;
}

interface IntentSql {
  id: string;
  created_at: number;
  session_id: string | null;
  data_json: string;
}

const rowKind = 'tape';

export type TapeIntentStore = Surface<SqlTapeIntentStore>;

/** Intent rows of work on tapes: durable before the first byte, removed with the row that says it is done. */
export class SqlTapeIntentStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Returns the intent's id. */
  begin(work: UnitOfWork, intent: TapeIntent, sessionId: string | null, now: number): string {
    const id = randomUUID();
    this.#database.insert(work, 'intents', {
      id,
      kind: rowKind,
      created_at: now,
      session_id: sessionId,
      data_json: JSON.stringify(intent),
    });
    return id;
  }

  settle(work: UnitOfWork, id: string): void {
    this.#database.run(work, 'DELETE FROM intents WHERE id = ?', id);
  }

  all(): StoredIntent[] {
    return this.#database
      .all<IntentSql>('SELECT * FROM intents WHERE kind = ? ORDER BY created_at, id', rowKind)
      .map((row) => ({
        id: row.id,
        createdAt: row.created_at,
        sessionId: row.session_id,
        intent: JSON.parse(row.data_json) as TapeIntent,
      }));
  }

  of(mediumId: string): StoredIntent[] {
    return this.all().filter((stored) => stored.intent.mediumId === mediumId);
  }
}
