/**
 * What additional sense codes mean, in an administrator's words and with what to do. The codes are T10's
 * (SPC-6 table of ASC/ASCQ assignments); only those a tape library can raise are here.
 */
const words: Readonly<Record<string, string>> = {
  '00/01': 'a filemark was found',
  '00/02': 'the end of the tape was reached',
  '00/04': 'the beginning of the tape was reached',
  '00/05': 'there is no more data on the tape',
  '00/16': 'the operation is still in progress',
  '00/17': 'the drive asks to be cleaned: move a cleaning cartridge into it',
  '04/00': 'the device is not ready and does not say why',
  '04/01': 'the device is becoming ready',
  '04/02': 'a cartridge is in the drive but is not loaded',
  '04/03': 'the device needs an operator: look at its panel',
  '04/07': 'the device is busy with an earlier operation',
  '04/12': 'the device is off line: bring it on line at its panel',
  '09/00': 'the drive lost the track: the cartridge or the drive may be damaged',
  '0C/00': 'writing to the tape failed: the cartridge or the drive may be damaged',
  '0C/02': 'writing to the tape failed even after the drive tried elsewhere',
  '11/00': 'the record could not be read: the tape may be damaged there, or the drive dirty',
  '11/01': 'the record could not be read after every retry: the tape may be damaged there, or the drive dirty',
  '14/00': 'the record was not found on the tape',
  '14/01': 'the record was not found on the tape',
  '14/03': 'the end of data was not found: the tape was probably being written when the drive lost power',
  '15/01': 'a mechanical positioning error: look for a jam in the robot or the drive',
  '1A/00': 'the device rejected the length of the parameters',
  '20/00': 'the device does not know this command',
  '21/00': 'the block address is outside the tape',
  '21/01': 'there is no element with this address in the library',
  '24/00': 'the device rejected a field of the command',
  '25/00': 'there is no such logical unit',
  '26/00': 'the device rejected a field of the parameters',
  '27/00': 'the cartridge is write-protected: move the switch on its edge',
  '28/00': 'the cartridge may have been changed',
  '28/01': 'somebody opened the import/export slots',
  '29/00': 'the device was switched on or reset',
  '2A/01': 'the mode parameters were changed by somebody else',
  '2A/10': 'the clock of the device was changed',
  '30/00': 'the cartridge does not fit this drive',
  '30/01': 'the format of the cartridge cannot be read: is it from a newer generation than the drive?',
  '30/02': 'the format of the cartridge cannot be read: it does not fit the drive',
  '30/03': 'a cleaning cartridge is in the drive',
  '30/05': 'the cartridge cannot be written by this drive: is it two generations older?',
  '30/07': 'cleaning failed: is the cleaning cartridge used up?',
  '30/0C': 'the cartridge is WORM: what is written cannot be overwritten',
  '31/00': 'the format of the tape is corrupted',
  '33/00': 'the length of the tape could not be found',
  '37/00': 'the device rounded a parameter',
  '3A/00': 'there is no cartridge in the drive',
  '3A/04': 'there is no cartridge loaded in the drive',
  '3B/00': 'the tape could not be positioned',
  '3B/08': 'the tape stopped at another position than asked',
  '3B/0D': 'the destination already holds a cartridge: inventory the library',
  '3B/0E': 'there is no cartridge in the source: inventory the library',
  '3B/11': 'the magazine is not accessible: is a door open?',
  '3B/12': 'the magazine was removed',
  '3B/13': 'the magazine was inserted',
  '3B/18': 'the element is disabled',
  '3B/1A': 'the drive was removed from the library',
  '3D/00': 'the device rejected reserved bits of the command',
  '3E/00': 'the device has not finished configuring itself',
  '3F/01': 'the firmware of the device was changed',
  '3F/0E': 'the list of logical units was changed',
  '40/00': 'the device failed its own diagnostics',
  '44/00': 'the device failed internally',
  '4B/00': 'the data transfer failed on the way to the device',
  '51/00': 'erasing the tape failed',
  '52/00': 'the cartridge is faulty: retire it',
  '53/00': 'loading or ejecting the cartridge failed',
  '53/01': 'the cartridge could not be unloaded: look at the drive',
  '53/02': 'a host prevents taking the cartridge out',
  '53/03': 'the drive holds the cartridge loaded: unload it first',
  '5A/01': 'an operator asks to remove the cartridge',
  '5B/00': 'a log of the device changed',
  '5D/00': 'the device predicts its own failure: have it serviced',
  '74/08': 'the data is encrypted by the drive and no key was given',
  '80/00': 'a condition of this maker only: see the manual of the device',
};

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
  5: 'the device does not do what was asked',
  6: 'the state of the device changed',
  7: 'the cartridge is protected',
  8: 'there is no data on the tape here',
  11: 'the device broke off the command',
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
  // T10 assigns 80h and above to the makers; a wrong ASCQ of a known ASC still says more than the key.
  const general = asc < 0x80 && ascq < 0x80 ? words[`${hex(asc)}/00`] : undefined;
  return general ?? keyWords[key] ?? 'a condition this program does not know';
}
