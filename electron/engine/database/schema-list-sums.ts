/**
 * Sums over restore points that a list cannot tell apart but by time and size: lists must not count millions. Triggers
 * keep them, so that no way of changing a point can forget to. `tape_backups`, which one writer kept by hand, is gone.
 */
const chainSums = (row: 'NEW' | 'OLD'): string =>
  `chain_id = ${row}.chain_id AND kind = ${row}.kind AND state = ${row}.state`;
export const tapeSumColumns = ['pool_id', 'machine_id', 'machine_name', 'platform', 'job_name', 'kind'];
const tapeSums = (row: 'NEW' | 'OLD'): string =>
  tapeSumColumns.map((column) => `${column} = ${row}.${column}`).join(' AND ');

export const addedToSums = `DO UPDATE SET point_count = point_count + 1, size_bytes = size_bytes + excluded.size_bytes,
    oldest_at = min(oldest_at, excluded.oldest_at), newest_at = max(newest_at, excluded.newest_at)`;

/** Ends are looked up only where the point taken away was one, and then by the index: a tape may hold thousands. */
export function takenFromSums(groups: string, points: string, same: string): string {
  const end = (column: string, beyond: string, order: string): string =>
    `${column} = CASE WHEN OLD.created_at ${beyond} ${column} THEN ${column} ELSE coalesce(
        (SELECT created_at FROM ${points} WHERE ${same} ORDER BY created_at ${order} LIMIT 1), 0) END`;
  return `UPDATE ${groups} SET point_count = point_count - 1, size_bytes = size_bytes - OLD.size_bytes,
      ${end('oldest_at', '>', 'ASC')}, ${end('newest_at', '<', 'DESC')} WHERE ${same};
    DELETE FROM ${groups} WHERE ${same} AND point_count <= 0;`;
}

const addChainPoint = `INSERT INTO chain_groups (chain_id, kind, state, point_count, size_bytes, oldest_at, newest_at)
      VALUES (NEW.chain_id, NEW.kind, NEW.state, 1, NEW.size_bytes, NEW.created_at, NEW.created_at)
      ON CONFLICT (chain_id, kind, state) ${addedToSums};`;
const addTapePoint = `INSERT INTO tape_groups (${tapeSumColumns.join(', ')}, point_count, size_bytes, oldest_at, newest_at)
      VALUES (${tapeSumColumns.map((column) => `NEW.${column}`).join(', ')}, 1, NEW.size_bytes, NEW.created_at, NEW.created_at)
      ON CONFLICT (${tapeSumColumns.join(', ')}) ${addedToSums};`;
const dropChainPoint = takenFromSums('chain_groups', 'points', chainSums('OLD'));
const dropTapePoint = takenFromSums('tape_groups', 'tape_points', tapeSums('OLD'));

export const listSums = `
DROP TABLE tape_backups;
DROP INDEX tape_points_by_pool;
DROP INDEX tape_points_by_time;
DROP INDEX points_by_time;
CREATE INDEX tape_points_by_pool ON tape_points (pool_id, machine_id, created_at);
CREATE INDEX tape_points_by_time ON tape_points (created_at, id);
CREATE INDEX tape_points_by_size ON tape_points (size_bytes, id);
CREATE INDEX points_by_time ON points (created_at, id);
CREATE INDEX points_by_size ON points (size_bytes, id);

CREATE TABLE chain_groups (
  chain_id TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, point_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL, oldest_at INTEGER NOT NULL, newest_at INTEGER NOT NULL,
  PRIMARY KEY (chain_id, kind, state)
) STRICT, WITHOUT ROWID;
CREATE TABLE tape_groups (
  pool_id TEXT NOT NULL, machine_id TEXT NOT NULL, machine_name TEXT NOT NULL, platform TEXT NOT NULL,
  job_name TEXT NOT NULL, kind TEXT NOT NULL, point_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL, oldest_at INTEGER NOT NULL, newest_at INTEGER NOT NULL,
  PRIMARY KEY (${tapeSumColumns.join(', ')})
) STRICT, WITHOUT ROWID;
INSERT INTO chain_groups SELECT chain_id, kind, state, count(*), sum(size_bytes), min(created_at), max(created_at)
  FROM points GROUP BY chain_id, kind, state;
INSERT INTO tape_groups SELECT ${tapeSumColumns.join(', ')}, count(*), sum(size_bytes), min(created_at), max(created_at)
  FROM tape_points GROUP BY ${tapeSumColumns.join(', ')};

CREATE TRIGGER points_added AFTER INSERT ON points BEGIN ${addChainPoint} END;
CREATE TRIGGER points_removed AFTER DELETE ON points BEGIN ${dropChainPoint} END;
CREATE TRIGGER points_changed AFTER UPDATE OF chain_id, kind, state, size_bytes, created_at ON points
  BEGIN ${dropChainPoint} ${addChainPoint} END;
CREATE TRIGGER tape_points_added AFTER INSERT ON tape_points BEGIN ${addTapePoint} END;
CREATE TRIGGER tape_points_removed AFTER DELETE ON tape_points BEGIN ${dropTapePoint} END;
CREATE TRIGGER tape_points_changed AFTER UPDATE OF ${tapeSumColumns.join(', ')}, size_bytes, created_at ON tape_points
  BEGIN ${dropTapePoint} ${addTapePoint} END;

-- Another value after every change of a tape, and the old one again after a rollback: what was read stays good while it
-- is the same.
CREATE TABLE media_version (value INTEGER NOT NULL) STRICT;
INSERT INTO media_version VALUES (0);
CREATE TRIGGER media_added AFTER INSERT ON media BEGIN UPDATE media_version SET value = random(); END;
CREATE TRIGGER media_removed AFTER DELETE ON media BEGIN UPDATE media_version SET value = random(); END;
CREATE TRIGGER media_changed AFTER UPDATE ON media BEGIN UPDATE media_version SET value = random(); END;
`;
