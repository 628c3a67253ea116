import { randomBytes } from 'node:crypto';
import type { Sealer } from '../../credentials/sealer.ts';
import type { Database } from '../../database/database.ts';
import type { Commits, UnitOfWork } from '../../database/unit-of-work.ts';
import { type CatalogueStore, SqlCatalogueStore } from './catalogue-store.ts';
import { type LibraryStore, SqlLibraryStore } from './library-store.ts';
import { type MediaListStore, SqlMediaListStore } from './media-list-store.ts';
import { type MediaStore, SqlMediaStore } from './media-store.ts';
import { type PoolStore, SqlPoolStore } from './pool-store.ts';
import { SqlTapeIntentStore, type TapeIntentStore } from './tape-intent-store.ts';
import type { PoolRecord } from './tape-records.ts';

/** Everything stored about tape, by kind. */
export class TapeStore implements Omit<Commits, 'answered'> {
  readonly libraries: LibraryStore;
  readonly pools: PoolStore;
  readonly media: MediaStore;
  readonly mediaList: MediaListStore;
  readonly catalogue: CatalogueStore;
  readonly intents: TapeIntentStore;
  readonly #database: Database;
  readonly #commits: Commits;

  constructor(database: Database, sealer: Sealer) {
    this.#database = database;
    this.#commits = database;
    this.libraries = new SqlLibraryStore(database, sealer);
    this.pools = new SqlPoolStore(database);
    this.media = new SqlMediaStore(database);
    this.mediaList = new SqlMediaListStore(database);
    this.catalogue = new SqlCatalogueStore(database);
    this.intents = new SqlTapeIntentStore(database);
  }

  /** This installation's own iSCSI name, the same for ever: access lists of targets name it. */
  initiatorName(): string {
    const name = 'iscsi.initiatorName';
    const row = this.#database.get<{ value_json: string }>('SELECT value_json FROM settings WHERE name = ?', name);
    if (row) return JSON.parse(row.value_json) as string;
    const own = `iqn.2026-01.net.reelvault:${randomBytes(6).toString('hex')}`;
    this.now((work) => this.#database.insert(work, 'settings', { name, value_json: JSON.stringify(own) }));
    return own;
  }

  /** A media pool by its id. */
  pool(id: string): PoolRecord | undefined {
    return this.pools.get(id);
  }

  now<T>(act: (work: UnitOfWork) => T): T {
    return this.#commits.now(act);
  }

  later<T>(act: (work: UnitOfWork) => T): T {
    return this.#commits.later(act);
  }

  lazily<T>(act: (work: UnitOfWork) => T): T {
    return this.#commits.lazily(act);
  }

  durably<T>(act: (work: UnitOfWork) => T): Promise<T> {
    return this.#commits.durably(act);
  }

  flushed(): Promise<void> {
    return this.#commits.flushed();
  }
}
