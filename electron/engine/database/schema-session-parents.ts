/** Which session began another: a retry, a job that follows, the parts of the sample. */
export const sessionParentsSchema = `
ALTER TABLE sessions ADD COLUMN parent_id TEXT REFERENCES sessions (id) ON DELETE SET NULL;
CREATE INDEX sessions_by_parent ON sessions (parent_id) WHERE parent_id IS NOT NULL;
`;
