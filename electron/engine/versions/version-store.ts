import type { Database } from '../database/database.ts';
import type { Surface, UnitOfWork } from '../database/unit-of-work.ts';

/** What administrators edit by reading it, changing it and saving it. */
export type EditedKind = 'job' | 'repository' | 'pool' | 'library' | 'tape';

export interface VersionRecord {
  version: number;
  at: number;
  who: string;
  /** Names of the settings that it changed. */
  fields: string[];
}

interface VersionSql {
  version: number;
  at: number;
  who: string;
  fields_json: string;
}

/** So many versions of an object are told apart in words; of older ones only that they are older. */
const keptVersions = 20;

export type VersionStore = Surface<SqlVersionStore>;

/** Versions of edited objects. */
export class SqlVersionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  current(kind: EditedKind, id: string): number {
    const row = this.#database.get<{ version: number | null }>(
      'SELECT max(version) AS version FROM object_versions WHERE kind = ? AND object_id = ?',
      kind,
      id,
    );
    return row?.version ?? 1;
  }

  /** The newest change first. */
  since(kind: EditedKind, id: string, version: number): VersionRecord[] {
    return this.#database
      .all<VersionSql>(
        `SELECT version, at, who, fields_json FROM object_versions WHERE kind = ? AND object_id = ? AND version > ?
           ORDER BY version DESC`,
        kind,
        id,
        version,
      )
      .map(({ fields_json: json, ...row }) => ({ ...row, fields: JSON.parse(json) as string[] }));
  }

  add(work: UnitOfWork, kind: EditedKind, id: string, { version, at, who, fields }: VersionRecord): void {
    const row = { kind, object_id: id, version, at, who, fields_json: JSON.stringify(fields) };
    this.#database.insert(work, 'object_versions', row);
    this.#database.run(
      work,
      'DELETE FROM object_versions WHERE kind = ? AND object_id = ? AND version <= ?',
      kind,
      id,
      version - keptVersions,
    );
  }
}
