import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Surface, UnitOfWork } from '../../database/unit-of-work.ts';

/** A file of a restore from tape. */
export interface RestoreFile {
  archiveId: string;
  /** Relative to the repository's root. */
  path: string;
}

/** What of an interrupted restore may be gone on with. */
export interface RestoreIntent {
  id: string;
  createdAt: number;
  repositoryId: string;
  files: RestoreFile[];
}

interface IntentSql {
  id: string;
  created_at: number;
  data_json: string;
}

type Stored = Pick<RestoreIntent, 'repositoryId' | 'files'>;

const rowKind = 'restore-from-tape';

export type RestoreIntentStore = Surface<SqlRestoreIntentStore>;

/** Intent rows of restores from tape: durable before the first file, gone with the last. */
export class SqlRestoreIntentStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): RestoreIntent[] {
    return this.#database
      .all<IntentSql>('SELECT id, created_at, data_json FROM intents WHERE kind = ? ORDER BY id', rowKind)
      .map((row) => ({ id: row.id, createdAt: row.created_at, ...(JSON.parse(row.data_json) as Stored) }));
  }

  /** Whether a restore that is not settled names this file of a repository: a rescan leaves it alone. */
  names(repositoryId: string, path: string): boolean {
    const text = (value: string): string => JSON.stringify(value).slice(1, -1);
    const sql = 'SELECT 1 FROM intents WHERE kind = ? AND instr(data_json, ?) > 0 AND instr(data_json, ?) > 0 LIMIT 1';
    return this.#database.get(sql, rowKind, text(repositoryId), text(path)) !== undefined;
  }

  /** Notes what is being restored, and takes over what earlier intents held of it. Returns the intent's id. */
  begin(work: UnitOfWork, repositoryId: string, files: RestoreFile[], sessionId: string, now: number): string {
    const ours = new Set(files.map((file) => file.archiveId));
    for (const intent of this.all()) {
      if (intent.repositoryId === repositoryId) this.#keep(work, intent, (file) => !ours.has(file.archiveId));
    }
    const id = randomUUID();
    const data: Stored = { repositoryId, files };
    this.#database.insert(work, 'intents', {
      id,
      kind: rowKind,
      created_at: now,
      session_id: sessionId,
      data_json: JSON.stringify(data),
    });
    return id;
  }

  /** Takes a file that is done, or given up, out of an intent. */
  settle(work: UnitOfWork, id: string, archiveId: string): void {
    const intent = this.all().find((other) => other.id === id);
    if (intent) this.#keep(work, intent, (file) => file.archiveId !== archiveId);
  }

  remove(work: UnitOfWork, id: string): void {
    this.#database.run(work, 'DELETE FROM intents WHERE id = ?', id);
  }

  #keep(work: UnitOfWork, { id, repositoryId, files }: RestoreIntent, wanted: (file: RestoreFile) => boolean): void {
    const data: Stored = { repositoryId, files: files.filter(wanted) };
    if (data.files.length === 0) this.remove(work, id);
    else this.#database.run(work, 'UPDATE intents SET data_json = ? WHERE id = ?', JSON.stringify(data), id);
  }
}
