import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database.ts';
import { OperationError } from '../sessions/running-session.ts';
import type { Sealer } from './sealer.ts';

export interface KeyRecord {
  id: string;
  name: string;
  hint: string;
  createdAt: number;
}

interface KeySql {
  id: string;
  name: string;
  hint: string;
  created_at: number;
  sealed: Uint8Array;
}

/** Passphrases of encrypted backups, sealed. They are read by the engine only and never returned. */
export class KeyStore {
  readonly #database: Database;
  readonly #sealer: Sealer;

  constructor(database: Database, sealer: Sealer) {
    this.#database = database;
    this.#sealer = sealer;
  }

  list(): KeyRecord[] {
    return this.#database
      .all<KeySql>('SELECT * FROM encryption_keys ORDER BY name COLLATE NOCASE')
      .map((row) => ({ id: row.id, name: row.name, hint: row.hint, createdAt: row.created_at }));
  }

  add(key: { name: string; hint: string; passphrase: string }, now: number): string {
    if (this.#database.get('SELECT 1 FROM encryption_keys WHERE name = ?', key.name)) {
      throw new OperationError(`There is already a key named “${key.name}”.`, 'Choose another name.');
    }
    const id = randomUUID();
    this.#database.insert('encryption_keys', {
      id,
      name: key.name,
      hint: key.hint,
      created_at: now,
      sealed: this.#sealer.seal(id, key.passphrase),
    });
    return id;
  }

  remove(id: string): boolean {
    return this.#database.run('DELETE FROM encryption_keys WHERE id = ?', id) > 0;
  }

  /** The passphrase itself: for the engine's own reading and writing of backup files. */
  passphrase(id: string): string {
    const row = this.#database.get<KeySql>('SELECT * FROM encryption_keys WHERE id = ?', id);
    if (!row) throw new OperationError('The encryption key of this job is gone.', 'Choose another key in the job.');
    return this.#sealer.open(id, row.sealed);
  }

  passphrases(ids: string[]): string[] {
    const known = new Set(this.list().map((key) => key.id));
    return ids.filter((id) => known.has(id)).map((id) => this.passphrase(id));
  }
}
