import { createHash } from 'node:crypto';
import { isSafeMemberName } from './ustar.ts';

/** What a tape file is for; the word in its HEAD document and, in capitals, the start of its members' names. */
export type TapeFileKind = 'set' | 'previous-catalogues' | 'data' | 'point' | 'session' | 'tape-end';

export const labelMemberName = 'tape.json';
export const readmeMemberName = 'README.txt';
export const setMemberName = 'set.json';

/** Longest `pathOnTape` whose slices still fit into a ustar header (`<path>.slices` is the header's prefix). */
export const maxPathOnTapeBytes = 140;

/** Ends the name of every control member: unique within a media set, so that all its tapes extract into one directory. */
export function tapeFileTag(sequence: number, tapeFile: number): string {
  return `t${String(sequence).padStart(3, '0')}.f${String(tapeFile).padStart(5, '0')}`;
}

/** Name of one slice: sorted by name, the slices of a file are in order, and `cat` of them gives the file. */
export function sliceMemberName(pathOnTape: string, slice: number, sliceCount: number): string {
  return `${pathOnTape}.slices/${String(slice).padStart(9, '0')}-of-${String(sliceCount).padStart(9, '0')}`;
}

/** The parts of a slice's name, or undefined for any other name. */
export function parseSliceMemberName(
  name: string,
): { pathOnTape: string; slice: number; sliceCount: number } | undefined {
  const match = /^(.+)\.slices\/(\d{9})-of-(\d{9})$/.exec(name);
  if (!match) return undefined;
  return { pathOnTape: match[1] ?? '', slice: Number(match[2]), sliceCount: Number(match[3]) };
}

/** Throws when a path cannot be used as `pathOnTape`. */
export function assertPathOnTape(path: string): void {
  if (!isSafeMemberName(path) || path.length > maxPathOnTapeBytes) {
    throw new Error(
      `"${path}" cannot be a path on tape: use pathOnTape() to make one of at most ${maxPathOnTapeBytes} bytes.`,
    );
  }
}

/**
 * A path for a backup file on tape: `<machine>~<machine id>/<file>~<point>.rvb`, portable characters only, at most
 * {@link maxPathOnTapeBytes} bytes. The true names stand in the POINT document. The point's id keeps two states of
 * one file (before and after a merge) apart when all tapes of a set are extracted into one directory.
 */
export function pathOnTape(of: {
  machineName: string;
  machineId: string;
  fileName: string;
  pointUuid: string;
}): string {
  const stem = of.fileName.replace(/\.rvb$/i, '');
  return `${portable(of.machineName, 44)}~${shortId(of.machineId)}/${portable(stem, 70)}~${shortId(of.pointUuid)}.rvb`;
}

/** A digest, not a prefix: identifiers of other products often differ only in their last digits. */
function shortId(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 8);
}

/** Percent-encodes what is not portable and cuts to `maxBytes`, never inside an escape. */
function portable(name: string, maxBytes: number): string {
  let out = '';
  for (const byte of Buffer.from(name.normalize('NFC'), 'utf8')) {
    const character = String.fromCharCode(byte);
    const plain = out === '' ? /[A-Za-z0-9_]/ : /[A-Za-z0-9_.@+=,-]/;
    const next = plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    if (out.length + next.length > maxBytes) break;
    out += next;
  }
  return out || '_';
}
