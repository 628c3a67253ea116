import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../database/database.ts';
import { OperationError } from '../sessions/running-session.ts';

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

/**
 * Passphrases of encrypted backups, sealed with AES-256-GCM under the installation's secret (12 bytes nonce, 16 bytes
 * tag, then the text; the key's id is the associated data). They are read by the engine only and never returned.
 */
export class KeyStore {
  readonly #database: Database;
  readonly #secret: Buffer;

  constructor(database: Database, secret: Buffer) {
    this.#database = database;
    this.#secret = secret;
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
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#secret, nonce).setAAD(Buffer.from(id));
    const text = Buffer.concat([cipher.update(key.passphrase, 'utf8'), cipher.final()]);
    this.#database.insert('encryption_keys', {
      id,
      name: key.name,
      hint: key.hint,
      created_at: now,
      sealed: Buffer.concat([nonce, cipher.getAuthTag(), text]),
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
    const sealed = Buffer.from(row.sealed);
    const decipher = createDecipheriv('aes-256-gcm', this.#secret, sealed.subarray(0, 12));
    decipher.setAAD(Buffer.from(id)).setAuthTag(sealed.subarray(12, 28));
    return decipher.update(sealed.subarray(28), undefined, 'utf8') + decipher.final('utf8');
  }

  passphrases(ids: string[]): string[] {
    const known = new Set(this.list().map((key) => key.id));
    return ids.filter((id) => known.has(id)).map((id) => this.passphrase(id));
  }
}
