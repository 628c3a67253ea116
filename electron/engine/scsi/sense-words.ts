import { senseCodeWords as words } from './sense-code-words.ts';

const keyNames = [
  'NO SENSE',
  'RECOVERED ERROR',
  'NOT READY',
  'MEDIUM ERROR',
  'HARDWARE ERROR',
  'ILLEGAL REQUEST',
  'UNIT ATTENTION',
  'DATA PROTECT',
  'BLANK CHECK',
  'VENDOR SPECIFIC',
  'COPY ABORTED',
  'ABORTED COMMAND',
  'EQUAL',
  'VOLUME OVERFLOW',
  'MISCOMPARE',
  'COMPLETED',
] as const;

const keyWords: Readonly<Record<number, string>> = {
  1: 'the device recovered from an error',
  2: 'the device is not ready',
  3: 'the tape has an error',
  4: 'the hardware of the device failed',
  5: 'the device refused the request',
  6: 'the state of the device changed',
  7: 'the cartridge is protected',
  8: 'there is no data on the tape here',
  11: 'the device aborted the command',
  13: 'the tape is full',
};

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

/** T10's name of a sense key, 0 to 15. */
function senseKeyName(key: number): string {
  return keyNames[key & 0x0f] ?? 'NO SENSE';
}

/** The codes as manuals print them, e.g. `MEDIUM ERROR 11/00`. */
export function senseCodes(key: number, asc: number, ascq: number): string {
  return `${senseKeyName(key)} ${hex(asc)}/${hex(ascq)}`;
}

/** The meaning for an administrator, without the codes; falls back from ASC/ASCQ to ASC to the key. */
export function senseWords(key: number, asc: number, ascq: number): string {
  if (key === 8 && asc === 0 && ascq === 0) return keyWords[8] as string;
  if (asc === 0 && ascq === 0) return keyWords[key] ?? 'no reason was given';
  const exact = words[`${hex(asc)}/${hex(ascq)}`];
  if (exact !== undefined) return exact;
  // T10 assigns 80h and above to the makers; a wrong ASCQ of a known ASC still says more than the key. Of 40h to 42h the
  // ASCQ only names the component.
  const general = asc < 0x80 && (ascq < 0x80 || (asc >= 0x40 && asc <= 0x42)) ? words[`${hex(asc)}/00`] : undefined;
  if (!general && asc >= 0x80)
    return `${keyWords[key] ?? 'a condition'} (a code of this maker: see the manual of the device)`;
  return general ?? keyWords[key] ?? 'a condition this program does not know';
}
