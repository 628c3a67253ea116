import { get32, get64 } from './big-endian.ts';

/** Where the tape stands: `block` counts records and filemarks before it, `file` filemarks only. */
export interface TapePosition {
  block: number;
  /** Absent where neither the drive nor counting can tell. */
  file?: number;
  /** At the beginning of the tape. */
  bop: boolean;
  /** In the early-warning zone or at the end of the partition, where the drive tells. */
  eop?: boolean;
  /** True right after a move to the end of data, where that is known. */
  eod?: boolean;
}

/** READ POSITION, short form (SSC-5, 7.7.2); undefined where the drive says that it does not know. */
export function parseShortPosition(data: Uint8Array): TapePosition | undefined {
  if (data.length < 12) return undefined;
  const flags = data[0] as number;
  // LOLU: location unknown. PERR: the block number does not fit into 32 bits.
  if ((flags & 0x06) !== 0) return undefined;
  return { block: get32(data, 4), bop: (flags & 0x80) !== 0, eop: (flags & 0x40) !== 0 };
}

/** READ POSITION, long form (SSC-5, 7.7.3); undefined where the drive says that it does not know. */
export function parseLongPosition(data: Uint8Array): TapePosition | undefined {
  if (data.length < 24) return undefined;
  const flags = data[0] as number;
  // LONU: object number unknown. MPU: file number unknown.
  if ((flags & 0x04) !== 0) return undefined;
  return {
    block: get64(data, 8),
    file: (flags & 0x08) === 0 ? get64(data, 16) : undefined,
    bop: (flags & 0x80) !== 0,
    eop: (flags & 0x40) !== 0,
  };
}
