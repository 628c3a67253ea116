/** The facts a backup file tells about itself. */
export type Codec = 'none' | 'lz4' | 'zstd';
export type PointKind = 'full' | 'increment';
/** What can be in a restore point; their numbers in a file count from 1. */
export const objectKinds = ['disk', 'document', 'file'] as const;
export type ObjectKind = (typeof objectKinds)[number];

export const blockSizesBytes: readonly number[] = [256 * 1024, 512 * 1024, 1024 * 1024, 4 * 1024 * 1024];
export const defaultBlockSizeBytes = 1024 * 1024;

export interface ObjectInfo {
  /** Stable across the points of a chain: it is how a disk is found again in its parent. */
  id: string;
  name: string;
  kind: ObjectKind;
  sizeBytes: number;
}

/** What the creator of a point says about it. */
export interface NewPointMetadata {
  /** The same in every copy of a point. */
  pointUuid: string;
  /** When the content was so: ISO 8601 in UTC; copies keep it. */
  createdAt: string;
  machine: { id: string; name: string; platform: string };
  job: { id: string; name: string };
  /** One of {@link blockSizesBytes}; 1 MiB unless told, and always the parent's for an increment. */
  blockSizeBytes?: number;
  /** The release that writes the file; this one unless told. */
  productVersion?: string;
}

export interface PointMetadata extends NewPointMetadata {
  objects: ObjectInfo[];
  blockSizeBytes: number;
  productVersion: string;
}

export interface BackupFileInfo {
  path: string;
  fileUuid: string;
  chainUuid: string;
  /** What an increment was made on; null for a full. */
  parent: { pointUuid: string; state: string } | null;
  /** State digest of the point, in hexadecimal: with the point's UUID, what a child names as its parent. */
  state: string;
  /** Fingerprint of whoever signed it; null where nobody did. */
  signer: string | null;
  kind: PointKind;
  generation: number;
  fileSizeBytes: number;
  /** Stored blocks in use, each counted once however often it is used. */
  storedBytes: number;
  /** What compacting would give back. An estimate once equal blocks were stored once and partly replaced by merges. */
  deadBytes: number;
  /** Plain bytes of the blocks this file holds; zero blocks do not count. */
  dataBytes: number;
  metadata: PointMetadata;
  /** Files merged into this one, oldest first: for cleaning up after an interruption. */
  absorbed: string[];
  /** Copies of doubled parts of the file that are damaged, in words. Nothing is lost by them yet. */
  decay: string[];
  encrypted: boolean;
  codec: Codec;
}

/** Any number of secrets to try on an encrypted file. */
export interface Keys {
  passphrases?: string[];
  /** age identities (`AGE-SECRET-KEY-1…`). */
  identities?: string[];
  /** Data keys in base64 by key id, as an opened recovery file gives them. */
  dataKeys?: Record<string, string>;
}

/** Who shall be able to open a new file: holders of the passphrase, and owners of the age recipients (`age1…`). */
export interface Encryption {
  passphrase?: string;
  recipients?: string[];
  /** log2 of scrypt's cost; 18 (about a second) unless told. */
  passphraseWorkFactor?: number;
}

/** Number of blocks an object of this size has. */
export function blockCount(sizeBytes: number, blockSizeBytes: number): number {
  return Math.ceil(sizeBytes / blockSizeBytes);
}

/** Plain length of one block; only an object's last block may be short. */
export function plainLength(blockIndex: number, sizeBytes: number, blockSizeBytes: number): number {
  return Math.min(blockSizeBytes, sizeBytes - blockIndex * blockSizeBytes);
}
