import type { Database } from '../database/database.ts';
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

  constructor(database: Database) {
    this.#database = database;
    this.libraries = new LibraryStore(database);
    this.pools = new PoolStore(database);
    this.media = new MediaStore(database);
    this.catalogue = new CatalogueStore(database);
    this.intents = new TapeIntents(database);
  }

  /** A media pool by its id. */
  pool(id: string): PoolRecord | undefined {
    return this.pools.get(id);
  }

  /** All or nothing, durable when it returns. */
  transaction<T>(act: () => T): T {
    return this.#database.transaction(act);
  }
}
