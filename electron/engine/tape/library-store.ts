import type { Database } from '../database/database.ts';
import type { LibraryRecord } from './tape-records.ts';

interface LibrarySql {
  id: string;
  name: string;
  kind: 'virtual';
  path: string;
  vendor: string;
  product: string;
  serial: string;
  created_at: number;
}

/** Configured libraries. */
export class LibraryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): LibraryRecord[] {
    return this.#database.all<LibrarySql>('SELECT * FROM libraries ORDER BY name COLLATE NOCASE').map(fromSql);
  }

  get(id: string): LibraryRecord | undefined {
    const row = this.#database.get<LibrarySql>('SELECT * FROM libraries WHERE id = ?', id);
    return row && fromSql(row);
  }

  insert(library: LibraryRecord): void {
    this.#database.insert('libraries', {
      id: library.id,
      name: library.name,
      kind: library.kind,
      path: library.path,
      vendor: library.vendor,
      product: library.product,
      serial: library.serial,
      created_at: library.createdAt,
    });
  }

  setIdentity(id: string, identity: { vendor: string; product: string; serial: string }): void {
    this.#database.update('libraries', id, { ...identity });
  }

  remove(id: string): void {
    this.#database.run('DELETE FROM libraries WHERE id = ?', id);
  }
}

function fromSql(row: LibrarySql): LibraryRecord {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    path: row.path,
    vendor: row.vendor,
    product: row.product,
    serial: row.serial,
    createdAt: row.created_at,
  };
}
