/**
 * Which restore point an increment on tape builds on. The file alone does not tell: a full that is rolled forward keeps its
 * uuid, and several of its states may be on tape. Null: the tape is from before it was written.
 */
export const tapeParents = `
ALTER TABLE tape_points ADD COLUMN parent_point_uuid TEXT;
CREATE INDEX tape_points_by_parent_point ON tape_points (parent_point_uuid) WHERE parent_point_uuid IS NOT NULL;
`;
