/**
 * Libraries of several kinds: `location` says in words where one is and keeps it from being added twice, and
 * `connection_json` how it is reached. `secrets` is sealed (credentials/sealer.ts).
 */
export const libraryKinds = `
ALTER TABLE libraries RENAME COLUMN path TO location;
ALTER TABLE libraries ADD COLUMN connection_json TEXT NOT NULL DEFAULT '';
ALTER TABLE libraries ADD COLUMN secrets BLOB;
UPDATE libraries SET connection_json = json_object('kind', 'virtual', 'path', location);
`;
