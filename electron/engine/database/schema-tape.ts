/**
 * Facts about libraries, tapes, pools and sets, and the working copy of what the catalogues on tape say. States of tapes
 * are derived from these facts, never stored. Tapes in the catalogue are named by their own uuid, so that a catalogue can
 * speak of a tape that was never seen here.
 */
export const tapeSchema = `
CREATE TABLE libraries (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, kind TEXT NOT NULL, path TEXT NOT NULL UNIQUE,
  vendor TEXT NOT NULL DEFAULT '', product TEXT NOT NULL DEFAULT '', serial TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE pools (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, description TEXT NOT NULL, kind TEXT NOT NULL,
  settings_json TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;
INSERT INTO pools (id, name, description, kind, settings_json, created_at) VALUES
  ('free', 'Free', 'Blank and erased tapes that any pool may take', 'free', '{}', 0),
  ('unrecognized', 'Unrecognized', 'Tapes whose contents are not known yet', 'unrecognized', '{}', 0),
  ('imported', 'Imported', 'Tapes written by another Reelvault, or before this database', 'imported', '{}', 0),
  ('retired', 'Retired', 'Tapes that are not written any more', 'retired', '{}', 0);

CREATE TABLE media_sets (
  id TEXT PRIMARY KEY, pool_id TEXT NOT NULL REFERENCES pools (id), name TEXT NOT NULL, created_at INTEGER NOT NULL,
  last_written_at INTEGER, closed_at INTEGER, closed_reason TEXT
) STRICT;
CREATE INDEX media_sets_by_pool ON media_sets (pool_id, created_at);

CREATE TABLE media (
  id TEXT PRIMARY KEY, barcode TEXT NOT NULL, name TEXT NOT NULL, tape_uuid TEXT UNIQUE,
  label_format TEXT NOT NULL, label_text TEXT, label_read_at INTEGER,
  pool_id TEXT NOT NULL REFERENCES pools (id), set_id TEXT REFERENCES media_sets (id), sequence INTEGER,
  library_id TEXT REFERENCES libraries (id) ON DELETE SET NULL, element_type TEXT, element_address INTEGER,
  last_place TEXT, exported_at INTEGER,
  worm INTEGER NOT NULL DEFAULT 0, write_protected INTEGER NOT NULL DEFAULT 0,
  protected_by_admin INTEGER NOT NULL DEFAULT 0, capacity_bytes INTEGER, used_bytes INTEGER NOT NULL DEFAULT 0,
  last_written_at INTEGER, full INTEGER NOT NULL DEFAULT 0, suspect_reason TEXT, damaged_reason TEXT,
  retired INTEGER NOT NULL DEFAULT 0, cleaning INTEGER NOT NULL DEFAULT 0, catalogued_at INTEGER,
  write_count INTEGER NOT NULL DEFAULT 0, load_count INTEGER NOT NULL DEFAULT 0, committed_files INTEGER NOT NULL DEFAULT 0, tape_state_json TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX media_by_pool ON media (pool_id);
CREATE INDEX media_by_set ON media (set_id, sequence);
CREATE INDEX media_by_barcode ON media (barcode);
CREATE INDEX media_by_library ON media (library_id, element_address);

-- One restore point on tape, in one media set: exists only once its POINT file is flushed.
CREATE TABLE tape_points (
  id TEXT PRIMARY KEY, set_id TEXT NOT NULL REFERENCES media_sets (id), pool_id TEXT NOT NULL REFERENCES pools (id),
  session_uuid TEXT NOT NULL,
  job_id TEXT NOT NULL, job_name TEXT NOT NULL, machine_id TEXT NOT NULL, machine_name TEXT NOT NULL,
  platform TEXT NOT NULL, point_uuid TEXT NOT NULL, kind TEXT NOT NULL, virtual_full INTEGER NOT NULL,
  created_at INTEGER NOT NULL, written_at INTEGER NOT NULL, chain_uuid TEXT NOT NULL, file_uuid TEXT NOT NULL,
  parent_file_uuid TEXT, file_name TEXT NOT NULL, path_on_tape TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL, encrypted INTEGER NOT NULL, objects_json TEXT NOT NULL
) STRICT;
CREATE INDEX tape_points_by_set ON tape_points (set_id, machine_id, created_at);
CREATE INDEX tape_points_by_machine ON tape_points (machine_id, created_at);
CREATE INDEX tape_points_by_point ON tape_points (point_uuid);
CREATE INDEX tape_points_by_file ON tape_points (file_uuid);
CREATE INDEX tape_points_by_pool ON tape_points (pool_id, machine_id);
CREATE INDEX tape_points_by_time ON tape_points (created_at);

-- Sums over the restore points of one machine in one set; kept with them, because a list must not count millions.
CREATE TABLE tape_backups (
  set_id TEXT NOT NULL REFERENCES media_sets (id) ON DELETE CASCADE, machine_id TEXT NOT NULL,
  machine_name TEXT NOT NULL, platform TEXT NOT NULL, job_name TEXT NOT NULL, point_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL, oldest_at INTEGER NOT NULL, newest_at INTEGER NOT NULL,
  PRIMARY KEY (set_id, machine_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tape_backups_by_machine ON tape_backups (machine_id);

-- The part of a restore point's file that lies on one tape, as runs of slices.
CREATE TABLE tape_extents (
  tape_point_id TEXT NOT NULL REFERENCES tape_points (id) ON DELETE CASCADE, tape_uuid TEXT NOT NULL,
  first_slice INTEGER NOT NULL, slice_count INTEGER NOT NULL, bytes INTEGER NOT NULL, extents_json TEXT NOT NULL,
  PRIMARY KEY (tape_point_id, tape_uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX tape_extents_by_tape ON tape_extents (tape_uuid, tape_point_id);
`;
