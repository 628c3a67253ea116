/**
 * A tape that holds the POINT file of a restore point and none of its data: its data was the last on the tape before. Without
 * that file the restore point is on no tape, so it goes with that tape. Null: it is on the last tape of its data.
 */
export const recordTapes = `
ALTER TABLE tape_points ADD COLUMN record_tape_uuid TEXT;
CREATE INDEX tape_points_by_record_tape ON tape_points (record_tape_uuid) WHERE record_tape_uuid IS NOT NULL;
`;
