/**
 * The JSON documents on a tape and their checks (layout and examples: docs/tape-format.md). In memory, times are
 * milliseconds since 1970; on tape they are ISO 8601 UTC.
 */
import {
  boolean,
  type Check,
  exactly,
  identifier,
  integer,
  list,
  matching,
  nullable,
  optional,
  record,
  text,
  time,
} from './fields.ts';
import type { TapeFileKind } from './tape-names.ts';

/** The format's name and version: part of every document; a reader refuses a version it does not know. */
export const tapeFormat = 'reelvault-tape';
export const tapeFormatVersion = 1;

/** Bytes of one record (one SCSI block) on tape: `tar -b 512`. */
export const tapeRecordBytes = 256 * 1024;
export const defaultSliceBytes = 64 * 1024 * 1024;
export const defaultDataFileBytes = 8 * 1024 ** 3;

/** Limits a reader enforces before it allocates. */
export const maxControlDocumentBytes = 64 * 1024 * 1024;
export const maxSlicesPerDataFile = 4096;

/** Who a tape is. The barcode is a hint, the uuid the identity. */
export interface TapeIdentity {
  uuid: string;
  barcode: string;
  label: string;
  createdAt: number;
}

/** Which media set a tape belongs to, and where in it it stands. */
export interface SetIdentity {
  uuid: string;
  poolName: string;
  poolUuid: string;
  name: string;
  createdAt: number;
  /** 1 for the first tape of the set. */
  sequence: number;
  /** The tape before this one in the set; absent for the first. */
  previousTapeUuid?: string | undefined;
}

interface Versioned {
  format: typeof tapeFormat;
  version: typeof tapeFormatVersion;
}

/** `tape.json`, first member of tape file 0. */
export interface LabelDocument extends Versioned, TapeIdentity {
  kind: 'label';
  recordBytes: number;
  product: string;
}

/** `set.json` in tape file 1. */
export interface SetDocument extends Versioned, SetIdentity {
  kind: 'set';
  /** How the tape files after this one are encrypted; null when they are not. */
  encryption: { scheme: string; recipients: string[] } | null;
}

/** First member of every tape file but the label: what the file is, and where. */
export interface HeadDocument extends Versioned {
  kind: TapeFileKind;
  /** Identity of this tape file. */
  uuid: string;
  tapeUuid: string;
  setUuid: string;
  sequence: number;
  tapeFile: number;
  /** Logical block address of the tape file's first record. */
  firstBlock: number;
  sessionUuid: string | null;
  createdAt: number;
}

/** Where one slice of a backup file is on tape. */
export interface SliceLocation {
  fileUuid: string;
  /** 0-based index of the slice in its file. */
  slice: number;
  /** Byte offset of the slice in its file. */
  offset: number;
  lengthBytes: number;
  sha256: string;
  tapeUuid: string;
  tapeFile: number;
  /** Logical block address of the record that holds the slice's tar header. */
  firstBlock: number;
  /** Byte offset of the tar header in that record; where absent, a reader finds the header by looking for it. */
  headerOffset?: number | undefined;
}

/** One slice as a DATA file's manifest lists it. */
export interface ManifestSlice {
  name: string;
  fileUuid: string;
  slice: number;
  offset: number;
  lengthBytes: number;
  sha256: string;
  firstBlock: number;
  headerOffset: number;
}

/**
 * `MANIFEST…json`, last but one member of a DATA file. A slice that stands in the archive and neither here nor in the sums
 * was given up in the middle (its source failed) and means nothing.
 */
export interface ManifestDocument extends Versioned {
  kind: 'manifest';
  tapeUuid: string;
  tapeFile: number;
  slices: ManifestSlice[];
}

export interface PointObject {
  /** As in the backup file; absent where it is the name, and on tapes from before it was written. */
  id?: string | undefined;
  name: string;
  sizeBytes: number;
  kind: string;
}

/** Everything needed to register a restore point in an empty database and to find its bytes. */
export interface PointDocument {
  uuid: string;
  createdAt: number;
  kind: 'full' | 'increment';
  /** Synthesised from a chain while it was written: no such file exists in the repository. */
  virtualFull: boolean;
  machine: { id: string; name: string; platform: string };
  job: { id: string; name: string };
  sessionUuid: string;
  chainUuid: string;
  fileUuid: string;
  parentFileUuid: string | null;
  /**
   * The restore point an increment builds on: of a full that was rolled forward several states may be on tape, all with
   * its uuid. Absent in fulls, and on tapes from before it was written.
   */
  parentPointUuid?: string | undefined;
  file: {
    /** The true name, as in the repository. */
    name: string;
    pathOnTape: string;
    sizeBytes: number;
    /** Of the whole file; empty where only its slices were digested. */
    sha256: string;
  };
  objects: PointObject[];
  /** True where a key is needed to read it; absent where none is, and on tapes from before it was written. */
  encrypted?: boolean | undefined;
  /** All slices in order; early ones may lie on earlier tapes of the set. */
  slices: SliceLocation[];
}

/** A session as far as it reached one tape. */
export interface CatalogueSession {
  uuid: string;
  jobName: string;
  startedAt: number;
  /** Null where the session had not ended: it went on to the next tape, or was interrupted. */
  endedAt: number | null;
  points: PointDocument[];
}

/** What a tape holds. */
export interface TapeCatalogue {
  tape: TapeIdentity;
  set: SetIdentity;
  sessions: CatalogueSession[];
  /** Tape files up to and including the last committed one. */
  tapeFiles: number;
  /** Bytes of records up to there. */
  bytes: number;
  /** Logical block address behind the last committed tape file's filemark: where the next session is written. */
  endBlock: number;
  /** True when the tape takes no more sessions. */
  closed: boolean;
  /** The last committed tape file. */
  lastFile: { uuid: string; block: number };
  /** Where the newest SESSION file starts, and up to which block SESSION files describe everything. */
  catalogued: { lastSessionBlock: number | null; toBlock: number };
  /** What stands behind the last committed tape file: the sessions of whole DATA files there. Absent: nothing does. */
  tail?: { sessionUuids: string[] };
  problems: string[];
}

/** What a writer must know to append; everything in it is durable on tape. */
export type TapeState = Omit<TapeCatalogue, 'sessions' | 'problems' | 'tape' | 'tail'> & { identity: TapeIdentity };

/** What a catalogue says about appending to its tape. */
export function tapeStateOf(catalogue: TapeCatalogue): TapeState {
  const { sessions: _s, problems: _p, tail: _t, tape, ...state } = catalogue;
  return { ...state, identity: tape };
}

const address = integer(0, 2 ** 40);
const sequence = integer(1, 100_000);
const tapeFile = integer(0, 10_000_000);
const name = text(1000, 1);

const versioned = { format: exactly<typeof tapeFormat>(tapeFormat), version: exactly<1>(tapeFormatVersion) };

const identityFields = { uuid: identifier, barcode: text(200), label: text(200), createdAt: time };
export const checkTapeIdentity: Check<TapeIdentity> = record<TapeIdentity>(identityFields);

const setFields = {
  uuid: identifier,
  poolName: text(200),
  poolUuid: text(200),
  name: text(500),
  createdAt: time,
  sequence,
  previousTapeUuid: optional(identifier),
};
export const checkSetIdentity: Check<SetIdentity> = record<SetIdentity>(setFields);

export const checkLabel: Check<LabelDocument> = record<LabelDocument>({
  ...versioned,
  kind: exactly<'label'>('label'),
  ...identityFields,
  recordBytes: integer(512, 16 * 1024 * 1024),
  product: text(200),
});

export const checkSet: Check<SetDocument> = record<SetDocument>({
  ...versioned,
  kind: exactly<'set'>('set'),
  ...setFields,
  encryption: nullable(
    record<{ scheme: string; recipients: string[] }>({ scheme: text(100), recipients: list(text(2000), 100) }),
  ),
});

export const checkHead: Check<HeadDocument> = record<HeadDocument>({
  ...versioned,
  kind: exactly<TapeFileKind>('set', 'previous-catalogues', 'data', 'point', 'session', 'tape-end'),
  uuid: identifier,
  tapeUuid: identifier,
  setUuid: identifier,
  sequence,
  tapeFile,
  firstBlock: address,
  sessionUuid: nullable(identifier),
  createdAt: time,
});

const sha256OrNone = matching(/^([0-9a-f]{64})?$/, 'a SHA-256 digest in hexadecimal, or nothing');

/** A point without its slices, which follow as extents (catalogue-lines.ts). */
export type PointFacts = Omit<PointDocument, 'slices'>;

export const checkPointFacts: Check<PointFacts> = record<PointFacts>({
  uuid: identifier,
  createdAt: time,
  kind: exactly<'full' | 'increment'>('full', 'increment'),
  virtualFull: boolean,
  machine: record<PointDocument['machine']>({ id: text(300, 1), name, platform: text(100) }),
  job: record<PointDocument['job']>({ id: text(300), name: text(1000) }),
  sessionUuid: identifier,
  chainUuid: identifier,
  fileUuid: identifier,
  parentFileUuid: nullable(identifier),
  parentPointUuid: optional(identifier),
  file: record<PointDocument['file']>({ name, pathOnTape: text(200, 1), sizeBytes: integer(), sha256: sha256OrNone }),
  objects: list(
    record<PointObject>({ id: optional(text(4000, 1)), name: text(4000), sizeBytes: integer(), kind: text(100) }),
    200_000,
  ),
  encrypted: optional(boolean),
});

export interface PointMember extends Versioned, PointFacts {}
export const checkPointMember: Check<PointMember> = (value, path) => ({
  ...record<Versioned>(versioned)(value, path),
  ...checkPointFacts(value, path),
});

/** A new document's `format` and `version`. */
export const thisFormat: Versioned = { format: tapeFormat, version: tapeFormatVersion };
