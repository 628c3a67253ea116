import type { Database } from '../database/database.ts';
import type { Surface, UnitOfWork } from '../database/unit-of-work.ts';
import type { PlaceSettings } from './kinds/kind.ts';

export interface RepositoryInput {
  name: string;
  description: string;
  place: PlaceSettings;
  keyIds: string[];
}

/** What is stored of it. */
export interface ConfiguredRepository extends RepositoryInput {
  /** Where it is, in words. */
  path: string;
}

/** What the last look at a repository found. */
export interface RepositoryCondition {
  state: 'available' | 'unavailable';
  stateText: string | null;
  capacityBytes: number | null;
  freeBytes: number | null;
}

export interface RepositoryRecord extends ConfiguredRepository, RepositoryCondition {
  id: string;
}

/** Sums over the backup files that are known in a repository. */
export interface RepositoryUsage {
  bytes: number;
  points: number;
  machines: number;
}

interface RepositorySql {
  id: string;
  name: string;
  description: string;
  path: string;
  place_json: string;
  key_ids_json: string;
  state: 'available' | 'unavailable';
  state_text: string | null;
  capacity_bytes: number | null;
  free_bytes: number | null;
}

export type RepositoryStore = Surface<SqlRepositoryStore>;

/** Configured repositories, and in what state each was when it was looked at last. */
export class SqlRepositoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): RepositoryRecord[] {
    return this.#database.all<RepositorySql>('SELECT * FROM repositories ORDER BY name COLLATE NOCASE').map((row) => ({
      id: row.id,
      name: row.name,
      description: row.description,
      path: row.path,
      place: JSON.parse(row.place_json) as PlaceSettings,
      keyIds: JSON.parse(row.key_ids_json) as string[],
      state: row.state,
      stateText: row.state_text,
      capacityBytes: row.capacity_bytes,
      freeBytes: row.free_bytes,
    }));
  }

  usage(id: string): RepositoryUsage {
    const usage = this.#database.get<RepositoryUsage>(
      `SELECT coalesce(sum(p.size_bytes), 0) AS bytes, count(*) AS points, count(DISTINCT c.machine_id) AS machines
         FROM points p JOIN chains c ON c.id = p.chain_id WHERE p.repository_id = ?`,
      id,
    );
    return usage ?? { bytes: 0, points: 0, machines: 0 };
  }

  insert(work: UnitOfWork, id: string, input: ConfiguredRepository, now: number): void {
    this.#database.insert(work, 'repositories', {
      id,
      created_at: now,
      state: 'available',
      ...columns(input),
    });
  }

  update(work: UnitOfWork, id: string, input: ConfiguredRepository): void {
    this.#database.update(work, 'repositories', id, columns(input));
  }

  setCondition(work: UnitOfWork, id: string, condition: RepositoryCondition): void {
    this.#database.update(work, 'repositories', id, {
      state: condition.state,
      state_text: condition.stateText,
      capacity_bytes: condition.capacityBytes,
      free_bytes: condition.freeBytes,
    });
  }

  setKeys(work: UnitOfWork, id: string, keyIds: readonly string[]): void {
    this.#database.update(work, 'repositories', id, { key_ids_json: JSON.stringify(keyIds) });
  }

  /** With everything that is known of its contents. */
  remove(work: UnitOfWork, id: string): void {
    this.#database.run(work, 'DELETE FROM repositories WHERE id = ?', id);
  }
}

function columns(input: ConfiguredRepository) {
  return {
    name: input.name,
    description: input.description,
    path: input.path,
    kind: input.place.kind,
    place_json: JSON.stringify(input.place),
    key_ids_json: JSON.stringify(input.keyIds),
  };
}
