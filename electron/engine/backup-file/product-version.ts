/** Written into every backup file, so that a file says which release made it. Equals package.json (there is a test). */
export const productVersion = '0.1.0';
