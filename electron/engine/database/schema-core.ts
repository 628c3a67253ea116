/** Times are milliseconds since 1970 UTC; sizes are bytes; *_json columns hold one JSON document. */
export const coreSchema = `
CREATE TABLE settings (name TEXT PRIMARY KEY, value_json TEXT NOT NULL) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL
) STRICT;

-- What was begun and must be finished or undone after a crash.
CREATE TABLE intents (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, created_at INTEGER NOT NULL, session_id TEXT, data_json TEXT NOT NULL
) STRICT;

CREATE TABLE encryption_keys (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hint TEXT NOT NULL, created_at INTEGER NOT NULL, sealed BLOB NOT NULL
) STRICT;

CREATE TABLE repositories (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, description TEXT NOT NULL, kind TEXT NOT NULL,
  path TEXT NOT NULL UNIQUE, require_mount INTEGER NOT NULL, key_ids_json TEXT NOT NULL, created_at INTEGER NOT NULL,
  state TEXT NOT NULL, state_text TEXT, capacity_bytes INTEGER, free_bytes INTEGER
) STRICT;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL UNIQUE COLLATE NOCASE, description TEXT NOT NULL,
  enabled INTEGER NOT NULL, settings_json TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  next_run_at INTEGER, last_session_id TEXT, last_result TEXT, last_run_at INTEGER
) STRICT;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, job_id TEXT, who TEXT NOT NULL, state TEXT NOT NULL,
  state_text TEXT, result TEXT, reason TEXT, started_at INTEGER NOT NULL, ended_at INTEGER,
  task_count INTEGER NOT NULL DEFAULT 0, progress_json TEXT NOT NULL, throughput_json TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX sessions_by_start ON sessions (started_at);
CREATE INDEX sessions_by_job ON sessions (job_id, started_at);
CREATE INDEX sessions_running ON sessions (id) WHERE ended_at IS NULL;

CREATE TABLE tasks (
  id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, position INTEGER NOT NULL,
  name TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT, reason TEXT, started_at INTEGER, ended_at INTEGER,
  progress_json TEXT NOT NULL
) STRICT;
CREATE INDEX tasks_by_session ON tasks (session_id, position);

CREATE TABLE log_lines (
  id INTEGER PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, task_id TEXT,
  at INTEGER NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL, advice TEXT, duration_ms INTEGER
) STRICT;
CREATE INDEX log_lines_by_session ON log_lines (session_id, id);

-- One machine's backup chain in one repository: what the headers of its files say.
CREATE TABLE chains (
  id TEXT PRIMARY KEY, repository_id TEXT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  chain_uuid TEXT NOT NULL, folder TEXT NOT NULL, job_id TEXT, job_name TEXT NOT NULL,
  machine_id TEXT NOT NULL, machine_name TEXT NOT NULL, platform TEXT NOT NULL, imported INTEGER NOT NULL,
  UNIQUE (repository_id, chain_uuid)
) STRICT;
CREATE INDEX chains_by_machine ON chains (machine_id);
CREATE INDEX chains_by_job ON chains (job_id);

-- One backup file: one restore point at one place.
CREATE TABLE points (
  id TEXT PRIMARY KEY, chain_id TEXT NOT NULL REFERENCES chains (id) ON DELETE CASCADE,
  repository_id TEXT NOT NULL, file_uuid TEXT NOT NULL, point_uuid TEXT NOT NULL, content_state TEXT NOT NULL,
  parent_point_uuid TEXT, parent_state TEXT,
  kind TEXT NOT NULL, created_at INTEGER NOT NULL, path TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  data_bytes INTEGER NOT NULL, state TEXT NOT NULL, state_reason TEXT, encrypted INTEGER NOT NULL,
  absorbed_json TEXT NOT NULL, objects_json TEXT NOT NULL,
  UNIQUE (repository_id, path)
) STRICT;
CREATE INDEX points_by_chain ON points (chain_id, created_at);
CREATE INDEX points_by_point ON points (point_uuid);
CREATE INDEX points_by_time ON points (created_at);
`;
