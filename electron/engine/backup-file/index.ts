/** Backup files: write, read, copy, restore, merge, compact, check. The format is described in docs/backup-file-format.md. */
export type { Progress, RunOptions, Stage } from '../pipeline/progress.ts';
export { generateIdentity, identityToRecipient } from 'age-encryption';
export type { KeyNeeds } from './key-section.ts';
export { type ByteSource, openFileSource } from './byte-source.ts';
export {
  checkFile,
  type CheckOptions,
  checkPoint,
  type CheckProblem,
  type CheckReport,
} from './check.ts';
export { compact } from './compact.ts';
export { copyPoint, type CopyPointOptions } from './copy-point.ts';
export { syncDirectory } from './durable-files.ts';
export { BackupFileError, type BackupFileErrorCode } from './errors.ts';
export { finishInterruptedMerge, mergeIntoFull, type MergeOptions } from './merge.ts';
export { openPoint, type PointReader } from './point-reader.ts';
export { productVersion } from './product-version.ts';
export { exportRecoveryKeys, openRecoveryKeys } from './recovery-file.ts';
export { restoreDisk, type RestoreDiskOptions, type RestoredDisk } from './restore-disk.ts';
export type {
  BackupFileInfo,
  Codec,
  DigestAlgorithm,
  Encryption,
  Keys,
  NewPointMetadata,
  ObjectInfo,
  PointKind,
  PointMetadata,
} from './restore-point.ts';
export { blockSizesBytes, defaultBlockSizeBytes } from './restore-point.ts';
export { readBackupFileInfo, readKeyNeeds, readSuperblock, type SuperblockFacts } from './stored-file.ts';
export { openVirtualFull, type VirtualFullOptions } from './virtual-full.ts';
export { closeBackupFileWorkers } from './workers.ts';
export { type DiskSource, writeBackup, type WriteBackupOptions } from './write-backup.ts';
