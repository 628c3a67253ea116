import { randomBytes } from 'node:crypto';
import type { Sealer } from '../../credentials/sealer.ts';
import type { Database } from '../../database/database.ts';
import { CatalogueStore } from './catalogue-store.ts';
import { LibraryStore } from './library-store.ts';
import { MediaStore } from './media-store.ts';
import { PoolStore } from './pool-store.ts';
import { TapeIntents } from './tape-intents.ts';
import type { PoolRecord } from './tape-records.ts';

/** Everything stored about tape, by kind. */
export class TapeStore {
  readonly libraries: LibraryStore;
  readonly pools: PoolStore;
  readonly media: MediaStore;
  readonly catalogue: CatalogueStore;
  readonly intents: TapeIntents;
  readonly #database: Database;

  constructor(database: Database, sealer: Sealer) {
    this.#database = database;
    this.libraries = new LibraryStore(database, sealer);
    this.pools = new PoolStore(database);
    this.media = new MediaStore(database);
    this.catalogue = new CatalogueStore(database);
    this.intents = new TapeIntents(database);
  }

  /** This installation's own iSCSI name, the same for ever: access lists of targets name it. */
  initiatorName(): string {
    const name = 'iscsi.initiatorName';
    const row = this.#database.get<{ value_json: string }>('SELECT value_json FROM settings WHERE name = ?', name);
    if (row) return JSON.parse(row.value_json) as string;
    const own = `iqn.2026-01.net.reelvault:${randomBytes(6).toString('hex')}`;
    this.#database.insert('settings', { name, value_json: JSON.stringify(own) });
    return own;
  }

  /** A media pool by its id. */
  pool(id: string): PoolRecord | undefined {
    return this.pools.get(id);
  }

  /** All or nothing, durable when it returns. */
  transaction<T>(act: () => T): T {
    return this.#database.transaction(act);
  }

  /** All or nothing, durable when it resolves; the loop does not stand still for it. */
  durably<T>(act: () => T): Promise<T> {
    return this.#database.durably(act);
  }

  /** All or nothing, durable when {@link flushed} was awaited afterwards: nobody may be told before. */
  later<T>(act: () => T): T {
    return this.#database.later(() => this.#database.transaction(act));
  }

  flushed(): Promise<void> {
    return this.#database.flushed();
  }

  /** All or nothing. For what can be read again from library or tape: a power loss may take it, with all that came after. */
  lazily<T>(act: () => T): T {
    return this.#database.lazily(() => this.#database.transaction(act));
  }
}
