/** Tapes, pools and sets: the facts that are stored, and the states that are derived from them. Pure. */
import type { Schedule } from './schedule.ts';
import { dayMs } from './zoned-time.ts';

export type MediaLocation =
  /** `name` is the element's name for people: Slot 3, Drive 1, Mail slot 2. */
  | { kind: 'slot' | 'drive' | 'import-export'; libraryId: string; address: number; name?: string }
  | { kind: 'vault'; vaultId: string; name?: string }
  /** `lastPlace`: where it was seen last, in words. */
  | { kind: 'offline'; lastPlace?: string | null };

/**
 * What is known of the label at the beginning of the tape. `unread`: nobody looked yet, or it may have changed since;
 * `unreadable`: the drive could not read there; `none`: the tape is blank.
 */
export type LabelFormat = 'ours' | 'foreign' | 'none' | 'unread' | 'unreadable';

/** Facts about one tape. Times are ms since epoch. */
export interface MediaFacts {
  mediaId: string;
  /** From its label; null before it has one. */
  uuid: string | null;
  barcode: string | null;
  /** What people call it; the barcode unless it was renamed. */
  name?: string;
  labelFormat: LabelFormat;
  /** What a foreign label says. */
  labelText?: string | null;
  poolId: string;
  setId: string | null;
  /** Place in its set, from 1. */
  sequence: number | null;
  /** When its set was closed; null while the set may still be written. */
  setClosedAt: number | null;
  /** Newest write to any tape of its set: points on later tapes build on earlier ones, so a set is protected as one. */
  setLastWrittenAt?: number | null;
  /** False when it is known that nothing on other tapes builds on this one: then its own last write counts. */
  neededByOthers?: boolean;
  location: MediaLocation;
  worm: boolean;
  /** The cartridge's own switch. */
  writeProtected: boolean;
  /** Locked by an administrator, for ever, whatever retention says. */
  protectedByAdmin: boolean;
  bytesUsed: number;
  /** Null while no drive has told. */
  capacityBytes: number | null;
  lastWrittenAt: number | null;
  /** Its end was reached: nothing can be appended. */
  full: boolean;
  /** Set by hand: overrides what the pool's retention gives. */
  expiresAt: number | null;
  /** Tape files behind the label that hold committed data. */
  committedFiles: number;
  suspectReason: string | null;
  damagedReason: string | null;
  retired: boolean;
  cleaning: boolean;
  /** Taken to a mail slot to leave the library; not written again before it came back. */
  exported?: boolean;
  /** Who uses it now, in words; null when nobody does. */
  usedBy?: string | null;
  /** The session that uses it now. */
  usedBySessionId?: string | null;
  /** How often it has been written from its beginning, where known. */
  writeCount?: number;
}

export type PoolKind = 'free' | 'unrecognized' | 'imported' | 'retired' | 'custom';
/** When a new media set begins. */
export type PoolAllocation = { kind: 'continue' } | { kind: 'session' } | { kind: 'schedule'; schedule: Schedule };
/** How long what was written is protected, counted from the last write to its set. */
export type PoolRetention = { kind: 'forever' } | { kind: 'for'; days: number } | { kind: 'overwrite' };

/** A media pool with its rules. Service pools never write, so their rules do not count. */
export interface PoolFacts {
  poolId: string;
  name: string;
  kind: PoolKind;
  allocation: PoolAllocation;
  retention: PoolRetention;
  replenishFromFree: boolean;
  /** Take a blank tape out of Unrecognized when neither the pool nor Free has any. */
  takeBlank: boolean;
  maxDrives: number;
  /** Preferred first; empty: any library. */
  libraryIds: readonly string[];
  /** WORM pools take only WORM tapes, all others none. */
  worm?: boolean;
  /** Where its offline tapes are kept. */
  vaultId?: string | null;
}

export interface MediaSetFacts {
  setId: string;
  poolId: string;
  startedAt: number;
  closedAt: number | null;
}

/** The service pools have their kind as id. */
export function servicePool(kind: Exclude<PoolKind, 'custom'>): PoolFacts {
  return {
    poolId: kind,
    name: kind[0]!.toUpperCase() + kind.slice(1),
    kind,
    allocation: { kind: 'continue' },
    retention: { kind: 'forever' },
    replenishFromFree: false,
    takeBlank: false,
    maxDrives: 1,
    libraryIds: [],
  };
}

export type MediaState =
  | 'unknown'
  | 'foreign'
  | 'blank'
  | 'free'
  | 'empty'
  | 'open'
  | 'closed'
  | 'expired'
  | 'in-use'
  | 'suspect'
  | 'damaged'
  | 'retired'
  | 'cleaning';

/** A tape's state with the reason in words. `pool` is the pool it is in; null counts as Unrecognized. */
export function mediaState(
  media: MediaFacts,
  pool: PoolFacts | null,
  now: number,
): { state: MediaState; reason: string } {
  const kind = pool?.kind ?? 'unrecognized';
  if (media.cleaning) return { state: 'cleaning', reason: 'It is a cleaning tape.' };
  if (media.retired || kind === 'retired')
    return { state: 'retired', reason: 'It is retired: it is read, but never written again.' };
  if (media.damagedReason !== null) return { state: 'damaged', reason: `It is damaged: ${media.damagedReason}` };
  if (media.suspectReason !== null)
    return { state: 'suspect', reason: `It is not what the database says: ${media.suspectReason}` };
  if (media.usedBy) return { state: 'in-use', reason: `It is in use: ${media.usedBy}.` };
  switch (media.labelFormat) {
    case 'unread':
      return { state: 'unknown', reason: 'Its label has not been read: inventory it.' };
    case 'unreadable':
      return { state: 'unknown', reason: 'Its label cannot be read: erase it, or take it out of use.' };
    case 'foreign':
      return {
        state: 'foreign',
        reason: `It holds data of something else${media.labelText ? ` (${media.labelText})` : ''}.`,
      };
    case 'none':
      return media.committedFiles > 0
        ? { state: 'suspect', reason: `It should hold ${media.committedFiles} tape files, but its beginning is blank.` }
        : blankState(kind, pool);
    case 'ours':
      return labelledState(media, kind, pool, now);
  }
}

export type ProtectionCode =
  | 'protected'
  | 'worm'
  | 'no-retention'
  | 'by-hand'
  | 'forever'
  | 'overwrite'
  | 'for'
  | 'unknown';

/** When a tape may be overwritten: a time, or null for never. Only closed tapes are ever overwritten. */
export function protectionEndsAt(
  media: MediaFacts,
  pool: PoolFacts | null,
): { at: number | null; code: ProtectionCode } {
  if (media.protectedByAdmin) return { at: null, code: 'protected' };
  if (media.worm) return { at: null, code: 'worm' };
  if (pool?.kind !== 'custom') return { at: null, code: 'no-retention' };
  if (media.expiresAt !== null) return { at: media.expiresAt, code: 'by-hand' };
  const { retention } = pool;
  if (retention.kind === 'forever') return { at: null, code: 'forever' };
  if (retention.kind === 'overwrite') return { at: media.lastWrittenAt ?? 0, code: 'overwrite' };
  const ofSet = media.neededByOthers === false ? null : (media.setLastWrittenAt ?? null);
  if (media.lastWrittenAt === null && ofSet === null) return { at: null, code: 'unknown' };
  return { at: Math.max(media.lastWrittenAt ?? 0, ofSet ?? 0) + retention.days * dayMs, code: 'for' };
}

/** The same with the reason in words. */
export function protectionEnds(
  media: MediaFacts,
  pool: PoolFacts | null,
): { at: number | null; code: ProtectionCode; reason: string } {
  const { at, code } = protectionEndsAt(media, pool);
  const name = pool?.name ?? 'Unrecognized';
  switch (code) {
    case 'protected':
      return { at, code, reason: 'An administrator has protected it from being overwritten.' };
    case 'worm':
      return { at, code, reason: 'It is a WORM tape: what is on it stays.' };
    case 'no-retention':
      return { at, code, reason: `Jobs never overwrite tapes in ${name}.` };
    case 'by-hand':
      return { at, code, reason: `Its expiry was set to ${day(at)}.` };
    case 'forever':
      return { at, code, reason: `${name} keeps what is written for ever.` };
    case 'overwrite':
      return { at, code, reason: `${name} does not protect what is written.` };
    case 'unknown':
      return { at, code, reason: 'It is not known when it was written.' };
    case 'for': {
      const days = pool?.retention.kind === 'for' ? pool.retention.days : 0;
      const span = `${days} day${days === 1 ? '' : 's'}`;
      return { at, code, reason: `${name} protects a set for ${span} after its last write, until ${day(at)}.` };
    }
  }
}

/** Whether a library holds the tape now. */
export function isOnline(media: MediaFacts): boolean {
  return media.location.kind !== 'vault' && media.location.kind !== 'offline';
}

/** Where a tape is, in words: `Slot 5 in Library A`, `in vault Bank`, `offline (last seen: Slot 5 in Library A)`. */
export function describeLocation(
  location: MediaLocation,
  names: { libraries?: ReadonlyMap<string, string>; vaults?: ReadonlyMap<string, string> } = {},
): string {
  if (location.kind === 'vault')
    return `in vault ${location.name ?? names.vaults?.get(location.vaultId) ?? location.vaultId}`;
  if (location.kind === 'offline') return location.lastPlace ? `offline (last seen: ${location.lastPlace})` : 'offline';
  const words = { slot: 'Slot', drive: 'Drive', 'import-export': 'Mail slot' };
  const element = location.name ?? `${words[location.kind]} at address ${location.address}`;
  return `${element} in ${names.libraries?.get(location.libraryId) ?? location.libraryId}`;
}

/** What people call the tape: its name, its barcode, or what else tells it apart. */
export function mediaName(media: Pick<MediaFacts, 'name' | 'barcode' | 'mediaId'>): string {
  return media.name || media.barcode || `tape ${media.mediaId}`;
}

/** Room left on it in bytes; null while its capacity is not known. Nothing when it is full. */
export function freeBytes(media: MediaFacts): number | null {
  if (media.full) return 0;
  return media.capacityBytes === null ? null : Math.max(0, media.capacityBytes - media.bytesUsed);
}

function blankState(kind: PoolKind, pool: PoolFacts | null): { state: MediaState; reason: string } {
  if (kind === 'free')
    return { state: 'free', reason: 'It is blank; any pool that replenishes from Free may take it.' };
  if (kind === 'custom')
    return { state: 'empty', reason: `It is blank and belongs to ${pool!.name}; it is labelled when it is needed.` };
  return { state: 'blank', reason: 'It is blank and belongs to no pool yet.' };
}

function labelledState(
  media: MediaFacts,
  kind: PoolKind,
  pool: PoolFacts | null,
  now: number,
): { state: MediaState; reason: string } {
  if (kind === 'free')
    return { state: 'free', reason: 'It is in Free: any pool that replenishes from Free may overwrite it.' };
  if (kind === 'unrecognized')
    return {
      state: 'unknown',
      reason: 'It was written by Reelvault, but its contents are not known here: catalogue it.',
    };
  if (kind === 'imported')
    return {
      state: 'closed',
      reason: 'It was written elsewhere or before this database: jobs read it and never write it.',
    };
  const setOpen = media.setId !== null && media.setClosedAt === null;
  if (setOpen && !media.full)
    return { state: 'open', reason: 'It is the tape of an open media set: more is appended to it.' };
  if (media.committedFiles === 0 && !media.full)
    return { state: 'empty', reason: `It is labelled, holds nothing and belongs to ${pool!.name}.` };
  const ends = protectionEnds(media, pool);
  if (ends.at !== null && ends.at <= now) return { state: 'expired', reason: `${ends.reason} It may be overwritten.` };
  const why = media.full ? 'It is full.' : 'Its media set is closed.';
  return { state: 'closed', reason: `${why} ${ends.reason}` };
}

// The tapes of a set end on the same day: thousands of them ask for few different ones.
const days = new Map<number, string>();

function day(at: number | null): string {
  // Beyond what a date can hold it is as good as for ever, but must still be said.
  if (at === null || Math.abs(at) > 8.64e15) return 'the end of time';
  const number = Math.floor(at / dayMs);
  let text = days.get(number);
  if (text === undefined) {
    if (days.size > 1000) days.clear();
    text = new Date(at).toISOString().slice(0, 10);
    days.set(number, text);
  }
  return text;
}
