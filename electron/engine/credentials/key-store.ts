import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database.ts';
import type { Surface, UnitOfWork } from '../database/unit-of-work.ts';
import { OperationError } from '../errors.ts';
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

export type KeyStore = Surface<SqlKeyStore>;

/** Passphrases of encrypted backups, sealed. They are read by the engine only and never returned. */
export class SqlKeyStore {
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

  add(work: UnitOfWork, key: { name: string; hint: string; passphrase: string }, now: number): string {
    if (this.#database.get('SELECT 1 FROM encryption_keys WHERE name = ?', key.name)) {
      throw new OperationError(`There is already a key named “${key.name}”.`, 'Choose another name.');
    }
    const id = randomUUID();
    this.#database.insert(work, 'encryption_keys', {
      id,
      name: key.name,
      hint: key.hint,
      created_at: now,
      sealed: this.#sealer.seal(id, key.passphrase),
    });
    return id;
  }

  remove(work: UnitOfWork, id: string): boolean {
    return this.#database.run(work, 'DELETE FROM encryption_keys WHERE id = ?', id) > 0;
  }

  /** The passphrase itself: for the engine's own reading and writing of backup files. */
  passphrase(id: string): string {
    const row = this.#row(id);
    if (!row) throw new OperationError('The encryption key of this job is gone.', 'Choose another key in the job.');
    try {
      return this.#sealer.open(id, row.sealed);
    } catch (error) {
      if (error instanceof OperationError) throw error;
      throw new OperationError(
        `The passphrase of the key “${row.name}” cannot be read: it was stored under another installation’s secret.`,
        'Add a key with the same passphrase and choose that one instead.',
      );
    }
  }

  /** Those of these keys that can be read: what one of them opens can be read, whatever became of the others. */
  passphrases(ids: string[]): string[] {
    return ids.flatMap((id) => {
      const row = this.#row(id);
      if (!row) return [];
      try {
        return [this.#sealer.open(id, row.sealed)];
      } catch {
        return [];
      }
    });
  }

  #row(id: string): KeySql | undefined {
    return this.#database.get<KeySql>('SELECT * FROM encryption_keys WHERE id = ?', id);
  }
}
