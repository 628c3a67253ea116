/** A run of a backup file's slices in one tape file. */
export interface TapeExtent {
  tapeUuid: string;
  /** Number of the tape file, counted from the beginning of the tape. */
  tapeFile: number;
  /** Logical block address of the run's beginning, and how many blocks it takes, where known. */
  firstBlock: number;
  blockCount?: number;
  firstSlice: number;
  sliceCount: number;
  /** Where in the backup file it belongs. */
  offsetBytes: number;
  bytes: number;
}

/** One restore point as one media set holds it: one backup file, cut into slices. */
export interface PointArchive {
  /** This copy of the point; the same point may lie in several sets. */
  archiveId: string;
  /** The same for every copy of a restore point. */
  pointId: string;
  machineId: string;
  machineName: string;
  createdAt: number;
  writtenAt: number;
  kind: 'full' | 'increment';
  setId: string;
  fileUuid: string;
  fileName: string;
  sizeBytes: number;
  /** The file an increment was made against; null in a full. */
  parentFileUuid: string | null;
  /** The point an increment builds on, where it is known: then `parentFileUuid` says nothing. */
  parentPointId?: string | null;
  /** A point builds on points of its own chain only, where that is known: copies of them may be in others. */
  chainId?: string;
  /** Increments merged into a full before it was written, oldest first (see `BackupFileHeader.absorbed`). */
  absorbed?: readonly string[];
  extents: readonly TapeExtent[];
}
