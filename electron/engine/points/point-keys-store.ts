import type { Database } from '../database/database.ts';

/** A restore point in one of the two tables that hold them. */
export interface PointKey {
  place: 'disk' | 'tape';
  id: string;
}

/** Points that only time and size tell apart: of a chain, or of a machine in a pool. */
export interface PointGroup {
  place: 'disk' | 'tape';
  /** The chain, or the pool. */
  placeId: string;
  machineId: string;
  machineName: string;
  platform: string;
  jobName: string;
  kind: string;
  storedState: string;
  pointCount: number;
}

export interface PointOrder {
  by: 'created_at' | 'size_bytes';
  direction: 'ASC' | 'DESC';
  offset: number;
  limit: number;
}

const tables = { disk: 'points', tape: 'tape_points' } as const;
/** Up to so many points are sorted as they are found; more are walked through in the order of an index. */
const fewPoints = 5000;

/** A page in the order of the groups, the newest of each first; groups before the page are only counted. */
export function keysByGroup(
  database: Database,
  groups: readonly PointGroup[],
  offset: number,
  limit: number,
): PointKey[] {
  const keys: PointKey[] = [];
  let skip = offset;
  for (const group of groups) {
    if (keys.length >= limit) break;
    if (skip >= group.pointCount) {
      skip -= group.pointCount;
      continue;
    }
    const { from, where, values } = tableOf(group);
    const ids = database.all<{ id: string }>(
      `SELECT id FROM ${from} WHERE ${where} ORDER BY created_at DESC, id LIMIT ? OFFSET ?`,
      ...values,
      limit - keys.length,
      skip,
    );
    keys.push(...ids.map(({ id }) => ({ place: group.place, id })));
    skip = 0;
  }
  return keys;
}

function tableOf({ place, placeId, machineId, machineName, platform, jobName, kind, storedState }: PointGroup) {
  return place === 'disk'
    ? { from: 'points', where: 'chain_id = ? AND kind = ? AND state = ?', values: [placeId, kind, storedState] }
    : {
        from: 'tape_points',
        where:
          'pool_id = ? AND machine_id = ? AND machine_name = ? AND platform = ? AND job_name = ? AND kind = ? AND state = ?',
        values: [placeId, machineId, machineName, platform, jobName, kind, storedState],
      };
}

/** A page of all points in these tables: their indexes are walked through side by side. */
export function keysOfAll(database: Database, places: readonly PointKey['place'][], order: PointOrder): PointKey[] {
  const arms = places.map((place) => `SELECT '${place}' AS place, id, ${order.by} AS value FROM ${tables[place]}`);
  return page(database, arms.join(' UNION ALL '), [], order);
}

/** A page of the points of these groups. */
export function keysOfGroups(
  database: Database,
  groups: readonly PointGroup[],
  total: number,
  order: PointOrder,
): PointKey[] {
  if (total === 0) return [];
  const json = JSON.stringify(
    groups.map((group) =>
      group.place === 'disk'
        ? ['disk', group.placeId, '', '', '', '', group.kind, group.storedState]
        : [
            'tape',
            group.placeId,
            group.machineId,
            group.machineName,
            group.platform,
            group.jobName,
            group.kind,
            group.storedState,
          ],
    ),
  );
  const fields = ['place', 'placeId', 'machineId', 'machineName', 'platform', 'jobName', 'kind', 'state'];
  const columns = fields.map((field, index) => `value ->> ${index} AS ${field}`).join(', ');
  const wanted = `WITH w AS MATERIALIZED (SELECT ${columns} FROM json_each(?))`;
  // Few points: from the groups to their points. Many: through the points in order, asking of each whether it belongs.
  const few = total <= fewPoints;
  const arms: string[] = [];
  if (groups.some(({ place }) => place === 'disk')) {
    const match = "w.place = 'disk' AND p.chain_id = w.placeId AND p.kind = w.kind AND p.state = w.state";
    arms.push(armOf('disk', 'points p', match, few, order.by));
  }
  if (groups.some(({ place }) => place === 'tape')) {
    const match = `w.place = 'tape' AND p.pool_id = w.placeId AND p.machine_id = w.machineId
      AND p.machine_name = w.machineName AND p.platform = w.platform AND p.job_name = w.jobName AND p.kind = w.kind
      AND p.state = w.state`;
    arms.push(armOf('tape', 'tape_points p', match, few, order.by));
  }
  return page(database, arms.join(' UNION ALL '), [json], order, wanted);
}

function armOf(place: string, table: string, match: string, few: boolean, by: string): string {
  const select = `SELECT '${place}' AS place, p.id AS id, p.${by} AS value`;
  return few
    ? `${select} FROM w CROSS JOIN ${table} ON ${match}`
    : `${select} FROM ${table} WHERE EXISTS (SELECT 1 FROM w WHERE ${match})`;
}

function page(database: Database, arms: string, values: string[], order: PointOrder, before = ''): PointKey[] {
  const { direction, limit, offset } = order;
  return database
    .all<PointKey>(
      `${before} ${arms} ORDER BY value ${direction}, id ${direction} LIMIT ? OFFSET ?`,
      ...values,
      limit,
      offset,
    )
    .map(({ place, id }) => ({ place, id }));
}
