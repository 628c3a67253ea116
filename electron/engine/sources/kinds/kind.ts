import type { FoundFile } from '../found-file.ts';

/** Where a disk is found, as a job keeps it. */
export interface SourceSpec {
  /** Absolute path of an image file or a block device. */
  path: string;
}

/** What a disk is opened for. A source that keeps a record of changes names its records by points. */
export interface OpenRequest {
  /** The point that will be made. */
  pointUuid: string;
  /** The point it will build on; absent for a full. */
  parentPointUuid?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** A stretch of a disk, in bytes. */
export interface Extent {
  offset: number;
  sizeBytes: number;
}

/** A document of the machine's configuration as its platform wrote it, kept byte for byte. */
export interface ConfigurationDocument {
  /** A file name such as `qemu-server.conf`; names no folder. */
  name: string;
  bytes: Uint8Array;
}

/**
 * How the bytes of a disk are had. A descriptor is read by worker threads, at positions that are those of the disk: the
 * fast way. `read` fills all of `target` from `position` on, or rejects; several reads are under way at once, each within
 * the disk. It has a limit of its own and rejects soon after the signal's abort.
 */
export type DiskContent =
  | { readonly fd: number }
  | { read(target: Uint8Array, position: number, signal: AbortSignal): Promise<void> };

/** One disk of a machine, open. Whatever it lies in, it is a row of `sizeBytes` bytes. */
export interface SourceDisk {
  /** Named in messages. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly content: DiskContent;
  /** The platform's documents about the machine that the disk belongs to; disks of one machine may give the same ones. */
  readonly documents: readonly ConfigurationDocument[];
  /**
   * Where the disk has data, within `offset` and `sizeBytes`; all else there reads as zeros. Absent: not known. Extents are in
   * order and do not overlap; they may reach beyond what was asked for.
   */
  dataExtents?(range: Extent): Promise<readonly Extent[]>;
  /**
   * What may differ from the parent point of the request, in the same form. Only where the source kept a record of
   * exactly that and the disk had this size then; absent: anything may.
   */
  changedExtents?(range: Extent): Promise<readonly Extent[]>;
  /** Throws {@link SourceError} `changed` when the disk is not any more what was opened. */
  checkUnchanged(): Promise<void>;
  /** Once. `committed`: the point of the request is safe, so that the records of its parent are not needed any more. */
  close(committed: boolean): Promise<void>;
}

/** A form in which disks of machines lie. */
export interface SourceKind {
  /** What `raw` is to raw images: for lists and messages. */
  readonly id: string;
  /** Whether this kind opens what was found. Looks at nothing but the file's facts. */
  takes(file: FoundFile): boolean;
  /**
   * Takes the file over: the disk closes it, and a failure does. Without a request the disk is only looked at, nothing is
   * recorded anywhere. Throws {@link SourceError}.
   */
  open(file: FoundFile, request?: OpenRequest): Promise<SourceDisk>;
}
