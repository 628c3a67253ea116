import type { Sealer } from '../../credentials/sealer.ts';
import type { Database } from '../../database/database.ts';
import type { Surface, UnitOfWork } from '../../database/unit-of-work.ts';
import type { Alert } from '../../scsi/alerts.ts';
import type { LibrarySecrets } from './tape-records.ts';
import type { LibraryConnection, LibraryRecord } from './tape-records.ts';

interface LibrarySql {
  id: string;
  name: string;
  location: string;
  connection_json: string;
  secrets: Uint8Array | null;
  vendor: string;
  product: string;
  serial: string;
  created_at: number;
}

export type LibraryStore = Surface<SqlLibraryStore>;

/** Configured libraries, and their secrets under seal. */
export class SqlLibraryStore {
  readonly #database: Database;
  readonly #sealer: Sealer;

  constructor(database: Database, sealer: Sealer) {
    this.#database = database;
    this.#sealer = sealer;
  }

  all(): LibraryRecord[] {
    return this.#database.all<LibrarySql>('SELECT * FROM libraries ORDER BY name COLLATE NOCASE').map(fromSql);
  }

  get(id: string): LibraryRecord | undefined {
    const row = this.#database.get<LibrarySql>('SELECT * FROM libraries WHERE id = ?', id);
    return row && fromSql(row);
  }

  /** Throws where the installation's secret is not the one they were sealed under. */
  secrets(id: string): LibrarySecrets {
    const row = this.#database.get<LibrarySql>('SELECT secrets FROM libraries WHERE id = ?', id);
    return row?.secrets ? (JSON.parse(this.#sealer.open(id, row.secrets)) as LibrarySecrets) : {};
  }

  insert(work: UnitOfWork, library: LibraryRecord, secrets: LibrarySecrets): void {
    const { id, vendor, product, serial, createdAt } = library;
    this.#database.insert(work, 'libraries', {
      id,
      kind: library.connection.kind,
      vendor,
      product,
      serial,
      created_at: createdAt,
      ...this.#changeable(library, secrets),
    });
  }

  update(work: UnitOfWork, library: LibraryRecord, secrets: LibrarySecrets): void {
    const { vendor, product, serial } = library;
    this.#database.update(work, 'libraries', library.id, {
      vendor,
      product,
      serial,
      ...this.#changeable(library, secrets),
    });
  }

  /** What each drive last raised, by element address. */
  driveAlerts(id: string): Map<number, readonly Alert[]> {
    const row = this.#database.get<{ drive_alerts_json: string }>(
      'SELECT drive_alerts_json FROM libraries WHERE id = ?',
      id,
    );
    const stored = JSON.parse(row?.drive_alerts_json ?? '{}') as Record<string, Alert[]>;
    return new Map(Object.entries(stored).map(([address, alerts]) => [Number(address), alerts]));
  }

  setDriveAlerts(work: UnitOfWork, id: string, alerts: ReadonlyMap<number, readonly Alert[]>): void {
    const json = JSON.stringify(Object.fromEntries(alerts));
    this.#database.update(work, 'libraries', id, { drive_alerts_json: json });
  }

  remove(work: UnitOfWork, id: string): void {
    this.#database.run(work, 'DELETE FROM libraries WHERE id = ?', id);
  }

  #changeable(library: LibraryRecord, secrets: LibrarySecrets) {
    return {
      name: library.name,
      location: library.location,
      connection_json: JSON.stringify(library.connection),
      secrets: Object.values(secrets).some(Boolean) ? this.#sealer.seal(library.id, JSON.stringify(secrets)) : null,
    };
  }
}

function fromSql(row: LibrarySql): LibraryRecord {
  return {
    id: row.id,
    name: row.name,
    connection: JSON.parse(row.connection_json) as LibraryConnection,
    location: row.location,
    vendor: row.vendor,
    product: row.product,
    serial: row.serial,
    createdAt: row.created_at,
  };
}
