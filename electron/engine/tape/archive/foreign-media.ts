import { parseForeignTarHeader } from './ustar.ts';

/** First bytes by which other programs' tapes are known; only to tell the administrator what it is. */
const signatures: { at: number; text: string; what: string }[] = [
  { at: 0, text: 'TAPE', what: 'a tape in Microsoft Tape Format (Veeam, Backup Exec, NTBackup)' },
  { at: 0, text: 'VOL1', what: 'an ANSI or LTFS labelled tape' },
  { at: 12, text: 'BB02', what: 'a Bacula or Bareos volume' },
  { at: 12, text: 'BB01', what: 'a Bacula volume' },
  { at: 0, text: 'AMANDA: ', what: 'an Amanda tape' },
  { at: 0, text: '070701', what: 'a cpio archive' },
  { at: 0, text: '070707', what: 'a cpio archive' },
  { at: 0, text: 'age-encryption.org/', what: 'an age-encrypted file' },
];

/** One line about the first record of a tape that is not ours. */
export function describeForeignRecord(record: Uint8Array): string {
  const size = `first record of ${record.length} bytes`;
  for (const { at, text, what } of signatures) {
    if (Buffer.from(record.subarray(at, at + text.length)).toString('latin1') === text) return `${what} (${size})`;
  }
  const member = parseForeignTarHeader(record);
  if (member) return `a tar archive whose first member is ${JSON.stringify(member.name.slice(0, 120))} (${size})`;
  return `data in an unknown format (${size})`;
}
