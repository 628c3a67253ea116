import { addedToSums, tapeSumColumns, takenFromSums } from './schema-list-sums.ts';

/**
 * Whether everything that a point on tape builds on is on a known tape too, kept with the point (tape/catalogue-store.ts
 * does): lists sort, filter and count by it.
 */
const columns = [...tapeSumColumns, 'state'];
const same = columns.map((column) => `${column} = OLD.${column}`).join(' AND ');
const add = `INSERT INTO tape_groups (${columns.join(', ')}, point_count, size_bytes, oldest_at, newest_at)
      VALUES (${columns.map((column) => `NEW.${column}`).join(', ')}, 1, NEW.size_bytes, NEW.created_at, NEW.created_at)
      ON CONFLICT (${columns.join(', ')}) ${addedToSums};`;
const drop = takenFromSums('tape_groups', 'tape_points', same);

export const tapeRoots = `
ALTER TABLE tape_points ADD COLUMN state TEXT NOT NULL DEFAULT 'complete';
CREATE INDEX tape_points_by_parent ON tape_points (parent_file_uuid) WHERE parent_file_uuid IS NOT NULL;
WITH RECURSIVE rooted (file) AS (
  SELECT file_uuid FROM tape_points WHERE parent_file_uuid IS NULL
  UNION SELECT t.file_uuid FROM rooted r JOIN tape_points t ON t.parent_file_uuid = r.file
) UPDATE tape_points SET state = 'incomplete'
  WHERE parent_file_uuid IS NOT NULL AND parent_file_uuid NOT IN (SELECT file FROM rooted);

DROP TRIGGER tape_points_added;
DROP TRIGGER tape_points_removed;
DROP TRIGGER tape_points_changed;
DROP TABLE tape_groups;
CREATE TABLE tape_groups (
  pool_id TEXT NOT NULL, machine_id TEXT NOT NULL, machine_name TEXT NOT NULL, platform TEXT NOT NULL,
  job_name TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, point_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL, oldest_at INTEGER NOT NULL, newest_at INTEGER NOT NULL,
  PRIMARY KEY (${columns.join(', ')})
) STRICT, WITHOUT ROWID;
INSERT INTO tape_groups SELECT ${columns.join(', ')}, count(*), sum(size_bytes), min(created_at), max(created_at)
  FROM tape_points GROUP BY ${columns.join(', ')};
CREATE TRIGGER tape_points_added AFTER INSERT ON tape_points BEGIN ${add} END;
CREATE TRIGGER tape_points_removed AFTER DELETE ON tape_points BEGIN ${drop} END;
CREATE TRIGGER tape_points_changed AFTER UPDATE OF ${columns.join(', ')}, size_bytes, created_at ON tape_points
  BEGIN ${drop} ${add} END;
`;
