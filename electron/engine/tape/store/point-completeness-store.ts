import type { Database } from '../../database/database.ts';
import type { UnitOfWork } from '../../database/unit-of-work.ts';
import type { TapePointSql } from './tape-point-row.ts';

/** What ties points on tape together. */
export type PointLinks = Pick<
  TapePointSql,
  'chain_uuid' | 'point_uuid' | 'file_uuid' | 'parent_file_uuid' | 'parent_point_uuid'
>;

/** What a point may be built on by: a point of a chain, or, where tapes tell no more, a file. */
type Key = { chain: string; point: string } | { file: string };

const linkColumns = 'chain_uuid, point_uuid, file_uuid, parent_file_uuid, parent_point_uuid';

/**
 * Keeps `state` of the points on tape: incomplete is what builds on something that no known tape holds. An increment builds
 * on a point in whatever form a tape holds it: as an increment, as a full, or as a full that has absorbed it.
 */
export class PointCompleteness {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether everything that a point builds on is on a known tape. */
  isComplete(point: PointLinks): boolean {
    const need = needOf(point);
    return need === null || this.#isThere(need);
  }

  /** This point is whole on tape: so is what waited for it, and what builds on that. */
  pointAdded(work: UnitOfWork, point: PointLinks): void {
    this.#completeAll(work, keysOf(point));
  }

  #completeAll(work: UnitOfWork, keys: readonly Key[]): void {
    const queue = [...keys];
    for (let key = queue.pop(); key; key = queue.pop()) {
      for (const { id, ...links } of this.#builtOn(key, 'incomplete')) {
        this.#database.run(work, "UPDATE tape_points SET state = 'complete' WHERE id = ?", id);
        queue.push(...keysOf(links));
      }
    }
  }

  /**
   * These points are gone from tape. All that builds on them is doubtful until it is found to lead to a full by another way;
   * points that claim to build on each other in a circle lead nowhere.
   */
  pointsRemoved(work: UnitOfWork, points: readonly PointLinks[]): void {
    const queue = points.flatMap(keysOf);
    const doubtful = new Map<string, Key>();
    for (let key = queue.pop(); key; key = queue.pop()) {
      const name = JSON.stringify(key);
      if (doubtful.has(name)) continue;
      doubtful.set(name, key);
      for (const { id, ...links } of this.#builtOn(key, 'complete')) {
        this.#database.run(work, "UPDATE tape_points SET state = 'incomplete' WHERE id = ?", id);
        queue.push(...keysOf(links));
      }
    }
    this.#completeAll(
      work,
      [...doubtful.values()].filter((key) => this.#isThere(key)),
    );
  }

  #isThere(key: Key): boolean {
    const [where, ...values] =
      'file' in key ? ['file_uuid = ?', key.file] : ['point_uuid = ? AND chain_uuid = ?', key.point, key.chain];
    const sql = `SELECT 1 FROM tape_points WHERE ${where} AND state = 'complete' LIMIT 1`;
    return this.#database.get(sql, ...values) !== undefined;
  }

  #builtOn(key: Key, state: 'complete' | 'incomplete'): (PointLinks & { id: string })[] {
    const [where, ...values] =
      'file' in key
        ? ['parent_file_uuid = ? AND parent_point_uuid IS NULL', key.file]
        : ['parent_point_uuid = ? AND chain_uuid = ?', key.point, key.chain];
    return this.#database.all(
      `SELECT id, ${linkColumns} FROM tape_points WHERE ${where} AND state = ?`,
      ...values,
      state,
    );
  }
}

/** What a point builds on; null for a full. */
function needOf(point: PointLinks): Key | null {
  if (point.parent_file_uuid === null) return null;
  return point.parent_point_uuid === null
    ? { file: point.parent_file_uuid }
    : { chain: point.chain_uuid, point: point.parent_point_uuid };
}

function keysOf(point: PointLinks): Key[] {
  return [{ file: point.file_uuid }, { chain: point.chain_uuid, point: point.point_uuid }];
}
