/**
 * File and folder names made from names that people and machines gave. Safe on ext4, XFS, NTFS, exFAT, APFS, SMB and NFS
 * alike; the true name is in the backup file's root, so nothing is lost. A safe name is never a path.
 */

/** A safe name is at most this long in UTF-8, so that with everything appended it stays under the usual 255. */
export const maxSafeNameBytes = 100;

// Naming Files, Paths, and Namespaces (Microsoft): device names are taken with any extension, COM and LPT also with ¹²³.
const windowsDevice = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(\.|$)/i;
// Forbidden by Windows or as separators anywhere; control characters; line separators; marks that turn text around.
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is replaced
const unsafe = /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/gu;

/**
 * A name that every usual file system takes: NFC, at most 100 bytes in UTF-8, no separators, control characters,
 * reserved device names, leading dots or spaces, trailing dots or spaces; never empty, `.` or `..`. Two different names
 * may give the same safe name, so callers add something of their own (`machineFolderName`, `uniqueName`).
 */
export function safePathName(name: string): string {
  const replaced = name.toWellFormed().normalize('NFC').replace(unsafe, '_').trim().replace(/^\.+/, '_');
  let safe = withoutTail(cutToBytes(replaced, maxSafeNameBytes));
  if (windowsDevice.test(safe)) safe = withoutTail(cutToBytes(`_${safe}`, maxSafeNameBytes));
  return safe === '' ? 'unnamed' : safe;
}

/** `<safe name>~<8 hex>`: one folder for each machine, though two may have the same name. */
export function machineFolderName(name: string, id: string): string {
  return `${safePathName(name)}~${shortId(id)}`;
}

/**
 * Eight hexadecimal digits for an id: the last ones of a uuid, which are random in every version of it, and the
 * 32-bit FNV-1a hash (draft-eastlake-fnv) of the id's UTF-8 bytes otherwise.
 */
export function shortId(id: string): string {
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id)) return id.slice(-8).toLowerCase();
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(id)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * `<safe>~2026-11-21T065000Z~full.rvb`. The time is any ISO 8601 time with a zone.
 * @throws RangeError when the time cannot be read or lies outside the years 0 to 9999.
 */
export function backupFileName(machine: string, createdAtIso: string, kind: 'full' | 'incr'): string {
  const at = new Date(createdAtIso);
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() < 0 || at.getUTCFullYear() > 9999)
    throw new RangeError(`Not a time for a backup file name: ${createdAtIso}`);
  const stamp = `${at.toISOString().slice(0, 19).replaceAll(':', '')}Z`;
  return `${safePathName(machine)}~${stamp}~${kind}.rvb`;
}

/**
 * The name itself, or with `-2`, `-3` … before its extension, whichever is not taken yet. `isTaken` has to compare as
 * the file system does; comparing without case is safe everywhere.
 */
export function uniqueName(name: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(name)) return name;
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let counter = 2;
  while (isTaken(`${stem}-${counter}${extension}`)) counter += 1;
  return `${stem}-${counter}${extension}`;
}

/** Whether a file or folder name could lead out of its folder or is none at all: for names that come from media. */
export function isPlainName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
  return name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\\u0000-\u001f\u007f]/.test(name);
}

function withoutTail(text: string): string {
  return text.replace(/[. ]+$/u, '');
}

/** The longest beginning that fits, cut between characters and never inside one with its combining marks. */
function cutToBytes(text: string, maxBytes: number): string {
  const encoder = new TextEncoder();
  if (encoder.encode(text).length <= maxBytes) return text;
  let used = 0;
  let kept = '';
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) {
    used += encoder.encode(segment).length;
    if (used > maxBytes) break;
    kept += segment;
  }
  return kept;
}
