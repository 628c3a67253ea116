/** Whether a path says everything from the root on: POSIX, a Windows drive, or a share. */
export const isAbsolutePath = (path: string): boolean => /^([/\\]|[A-Za-z]:[/\\])/.test(path);
