/** What each drive of a library last raised of its own accord, by element address: drives tell it once. */
export const driveAlerts = `
ALTER TABLE libraries ADD COLUMN drive_alerts_json TEXT NOT NULL DEFAULT '{}';
`;
