/**
 * The same place outside of the archive: worker threads and native modules cannot be started from inside of one, so the
 * packages keep the engine beside it. Elsewhere there is no archive, and the path stays.
 */
export function unpacked(path: string): string {
  return path.replace(/([\\/])app\.asar(?=[\\/]|$)/, '$1app.asar.unpacked');
}
