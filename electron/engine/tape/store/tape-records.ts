import type { LabelFormat, PoolAllocation, PoolKind, PoolRetention } from '../../../../shared/domain/media.ts';
import type { SliceExtent } from '../archive/slice-extents.ts';

export type { LabelFormat, PoolAllocation, PoolKind, PoolRetention };

/** One logical unit behind an iSCSI portal. */
export interface IscsiDevice {
  target: string;
  lun: number;
}

/** Access to an iSCSI portal; secrets are kept apart, sealed. */
export interface IscsiAccess {
  /** `host` or `host:port`, IPv6 addresses in brackets. */
  portal: string;
  /** Our own iSCSI name; empty: the installation's. */
  initiatorName: string;
  /** Empty: no sign-in. */
  chapUser: string;
  /** The name by which the target signs in to us; empty: it does not. */
  mutualChapUser: string;
  headerDigest: boolean;
  dataDigest: boolean;
}

export interface IscsiConnection extends IscsiAccess {
  kind: 'iscsi';
  changer: IscsiDevice;
  drives: IscsiDevice[];
}

/** How a library is reached. */
export type LibraryConnection =
  | { kind: 'virtual'; path: string }
  | IscsiConnection
  | { kind: 'local'; changer: string; drives: string[] };

/** Secrets of one library, opened. */
export interface LibrarySecrets {
  chapSecret?: string | undefined;
  mutualChapSecret?: string | undefined;
}

/** Times are milliseconds since 1970 (UTC), sizes bytes. */
export interface LibraryRecord {
  id: string;
  name: string;
  connection: LibraryConnection;
  /** Where it is, in words: its folder, portal and target, or device. */
  location: string;
  vendor: string;
  product: string;
  serial: string;
  createdAt: number;
}

/** The four pools that are always there have their kind as id. */
export const freePoolId = 'free';
export const unrecognizedPoolId = 'unrecognized';
export const importedPoolId = 'imported';
export const retiredPoolId = 'retired';

/** The rules of a custom pool. */
export interface PoolRules {
  allocation: PoolAllocation;
  retention: PoolRetention;
  /** Preferred first; empty: any. */
  libraryIds: string[];
  replenishFromFree: boolean;
  takeBlank: boolean;
  maxDrives: number;
}

export interface PoolRecord {
  id: string;
  name: string;
  description: string;
  kind: PoolKind;
  /** Null for service pools. */
  rules: PoolRules | null;
  createdAt: number;
}

export interface MediaSetRecord {
  /** The set's uuid on tape. */
  id: string;
  poolId: string;
  name: string;
  createdAt: number;
  lastWrittenAt: number | null;
  /** A closed set is never resumed. */
  closedAt: number | null;
  closedReason: string | null;
}

export type ElementKind = 'transport' | 'slot' | 'import-export' | 'drive';

/** Facts about one cartridge. Its state is derived (shared/domain/media.ts). */
export interface MediumRecord {
  id: string;
  /** As the library's reader sees it; empty for a cartridge without one. */
  barcode: string;
  name: string;
  /** From its label: the identity. The barcode is a hint. */
  tapeUuid: string | null;
  labelFormat: LabelFormat;
  /** What a foreign tape says it is. */
  labelText: string | null;
  labelReadAt: number | null;
  poolId: string;
  setId: string | null;
  /** Place in its set, from 1. */
  sequence: number | null;
  /** The library that holds it now; null: offline. */
  libraryId: string | null;
  elementType: ElementKind | null;
  elementAddress: number | null;
  /** Offline: where it was seen last, in words. */
  lastPlace: string | null;
  /** Moved to a mail slot to be taken out; not written again before it came back. */
  exportedAt: number | null;
  worm: boolean;
  writeProtected: boolean;
  protectedByAdmin: boolean;
  capacityBytes: number | null;
  usedBytes: number;
  lastWrittenAt: number | null;
  full: boolean;
  suspectReason: string | null;
  damagedReason: string | null;
  retired: boolean;
  cleaning: boolean;
  cataloguedAt: number | null;
  writeCount: number;
  loadCount: number;
  /** Tape files that hold data and are durable; what must be known to append is read separately, it is large. */
  committedFiles: number;
  createdAt: number;
}

/** A disk or other object in a restore point. */
export interface TapeObject {
  id: string;
  name: string;
  kind: string;
  sizeBytes: number;
}

/** One restore point on tape, in one media set: one backup file, cut into slices. */
export interface TapePointRecord {
  id: string;
  setId: string;
  /** The pool of its set. */
  poolId: string;
  sessionUuid: string;
  jobId: string;
  jobName: string;
  machineId: string;
  machineName: string;
  platform: string;
  /** The same for every copy of a restore point. */
  pointUuid: string;
  kind: 'full' | 'increment';
  virtualFull: boolean;
  createdAt: number;
  writtenAt: number;
  chainUuid: string;
  fileUuid: string;
  parentFileUuid: string | null;
  /** The restore point it builds on; null in a full, and where the tape does not tell. */
  parentPointUuid: string | null;
  /** As a medium gave it: data, never a path. */
  fileName: string;
  pathOnTape: string;
  /** The tape that holds its POINT file, where that is a later one than all of its data is on; null otherwise. */
  recordTapeUuid: string | null;
  sizeBytes: number;
  sha256: string;
  /** Whether the backup file is encrypted; what a catalogue does not tell counts as no. */
  encrypted: boolean;
  objects: TapeObject[];
}

/** The part of a restore point's file that lies on one tape. */
export interface TapePartRecord {
  tapePointId: string;
  tapeUuid: string;
  firstSlice: number;
  sliceCount: number;
  bytes: number;
  extents: SliceExtent[];
}
