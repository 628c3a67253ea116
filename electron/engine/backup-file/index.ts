/** Backup files: write, read, copy, restore, merge, compact, check. The format is described in docs/format-2.md. */
export { openFileSource } from './byte-source.ts';
export { checkFile } from './check.ts';
export { compact } from './compact.ts';
export { copyPoint } from './copy-point.ts';
export { BackupFileError } from './errors.ts';
export { finishInterruptedMerge, mergeIntoFull } from './merge.ts';
export { productVersion } from './product-version.ts';
export { restoreDisk } from './restore-disk.ts';
export type { BackupFileInfo, Keys } from './restore-point.ts';
export { readBackupFileInfo, readSuperblock } from './stored-file.ts';
export { openVirtualFull } from './virtual-full.ts';
export { writeBackup } from './write-backup.ts';
