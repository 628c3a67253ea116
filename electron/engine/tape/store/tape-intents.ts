import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database.ts';

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

/** Intent rows of work on tapes: written before the first byte, removed with the row that says it is done. */
export class TapeIntents {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Durable when it resolves. */
  async begin(intent: TapeIntent, sessionId: string | null, now: number): Promise<string> {
    const id = randomUUID();
    await this.#database.durably(() =>
      this.#database.insert('intents', {
        id,
        kind: rowKind,
        created_at: now,
        session_id: sessionId,
        data_json: JSON.stringify(intent),
      }),
    );
    return id;
  }

  settle(id: string): void {
    this.#database.run('DELETE FROM intents WHERE id = ?', id);
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
