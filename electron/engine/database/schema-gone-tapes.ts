/**
 * Tapes that are known to be overwritten or erased. Later tapes of their sets carry their catalogues all the same; what these
 * tell of them is not believed.
 */
export const goneTapes = `
CREATE TABLE gone_tapes (tape_uuid TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;
