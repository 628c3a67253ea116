import { EndOfMedium, ScsiError, senseKey } from '../../scsi/sense.ts';
import { type BatchRead, type ReadOutcome, RecordTooLong } from '../../scsi/ssc.ts';

/** What the archive needs of a tape drive; the SCSI layer's TapeDrive fits it. Records are variable-length blocks. */
export interface TapeDrivePort {
  rewind(signal?: AbortSignal): Promise<void>;
  /** Positions before a logical block; records and filemarks count one each, from 0 at the beginning of the tape. */
  locate(block: number, signal?: AbortSignal): Promise<void>;
  /** Moves forward behind the nth filemark from here. */
  spaceFilemarks(count: number, signal?: AbortSignal): Promise<void>;
  spaceToEndOfData(signal?: AbortSignal): Promise<void>;
  /** `file`, where known, counts the filemarks before the position. */
  position(signal?: AbortSignal): Promise<{ block: number; file?: number }>;
  /** Reads one record of whatever length up to the buffer's. */
  readRecord(buffer: Uint8Array, signal?: AbortSignal): Promise<ReadOutcome>;
  /** Reads records until the buffer is full; `sureBytes` from here are known to be records of that size. */
  readRecords(
    buffer: Uint8Array,
    recordBytes: number,
    options?: { sureBytes?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<BatchRead>;
  /** Writes `buffer` as records of `recordBytes`. */
  writeRecords(buffer: Uint8Array, recordBytes: number): Promise<{ earlyWarning: boolean; writtenRecords: number }>;
  writeFilemarks(count: number, options: { immediate: boolean }): Promise<{ earlyWarning: boolean }>;
  /** Returns once everything written is on the medium; throws deferred errors. */
  flush(): Promise<void>;
  isWriteProtected(): Promise<boolean>;
}

/** True for the error of a write that met the hard end of the medium. */
export function isEndOfMedium(error: unknown): boolean {
  return error instanceof EndOfMedium;
}

/** True where a movement met the end of data. */
export function isEndOfData(error: unknown): boolean {
  return error instanceof ScsiError && error.key === senseKey.blankCheck;
}

/** True where the medium could not be read at one place, and may be at another. */
export function isMediumError(error: unknown): boolean {
  return error instanceof RecordTooLong || (error instanceof ScsiError && error.key === senseKey.mediumError);
}
