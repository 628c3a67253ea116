/**
 * Which version of an object that administrators edit came from whom, and which of its settings it changed. An object without
 * a row is as it was made: version 1.
 */
export const objectVersions = `
CREATE TABLE object_versions (
  kind TEXT NOT NULL, object_id TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL,
  fields_json TEXT NOT NULL, PRIMARY KEY (kind, object_id, version)
) STRICT, WITHOUT ROWID;
`;
