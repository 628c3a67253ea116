/**
 * Repositories of several kinds: `path` says in words where one is and keeps it from being added twice, and `place_json` how
 * it is reached.
 */
export const repositoryPlaces = `
ALTER TABLE repositories ADD COLUMN place_json TEXT NOT NULL DEFAULT '';
UPDATE repositories SET place_json = json_object('kind', 'directory', 'path', path,
  'requireMount', json(CASE require_mount WHEN 0 THEN 'false' ELSE 'true' END));
ALTER TABLE repositories DROP COLUMN require_mount;
`;
