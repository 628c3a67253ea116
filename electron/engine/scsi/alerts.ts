/** TapeAlert: what drives and libraries say of their own accord about their state (log page 2Eh). */
import { logParameters } from './spc.ts';

export interface Alert {
  /** T10's number of the flag, 1 to 64. */
  flag: number;
  severity: 'critical' | 'warning' | 'information';
  words: string;
}

/** Severity and words by number of the flag. */
export type AlertTable = Readonly<Record<number, readonly [Alert['severity'], string]>>;

/** Of a tape drive (SSC, TapeAlert log page). */
export const driveAlerts: AlertTable = {
  1: ['warning', 'The drive has trouble reading this cartridge.'],
  2: ['warning', 'The drive has trouble writing this cartridge.'],
  3: ['warning', 'An error could not be corrected while reading or writing.'],
  4: ['critical', 'The cartridge can no longer be used: copy what can still be read and retire it.'],
  5: ['critical', 'The cartridge or the drive is damaged: reading failed.'],
  6: ['critical', 'The cartridge or the drive is damaged: writing failed.'],
  7: ['warning', 'The cartridge is near the end of its life: copy it and retire it.'],
  8: ['warning', 'The cartridge is not made for data.'],
  9: ['critical', 'The cartridge is write-protected.'],
  10: ['information', 'The cartridge cannot be ejected while the drive is in use.'],
  11: ['information', 'A cleaning cartridge is in the drive.'],
  12: ['information', 'The drive does not support the format of this cartridge.'],
  13: ['critical', 'The tape snapped, or its cartridge is broken.'],
  14: ['critical', 'The tape snapped, or its cartridge is broken.'],
  15: ['warning', 'The memory chip of the cartridge failed.'],
  16: ['critical', 'The cartridge was ejected by hand while the drive was in use.'],
  17: ['warning', 'The cartridge can be read but not written by this drive.'],
  18: ['warning', 'The directory of the cartridge is damaged: finding data takes longer.'],
  19: ['information', 'The cartridge is nearing the end of its life.'],
  20: ['critical', 'The drive must be cleaned now.'],
  21: ['warning', 'The drive should be cleaned soon.'],
  22: ['critical', 'The cleaning cartridge is used up.'],
  23: ['critical', 'The cleaning cartridge is not valid for this drive.'],
  24: ['warning', 'The drive asks for the tape to be retensioned: wind it to its end and back.'],
  26: ['warning', 'A fan of the drive failed.'],
  27: ['warning', 'The supply voltage of the drive is out of range.'],
  30: ['critical', 'The drive has a hardware fault: reset it.'],
  31: ['critical', 'The drive has a hardware fault: have it serviced.'],
  32: ['warning', 'The connection to the drive has trouble.'],
  33: ['critical', 'Ejecting the cartridge failed.'],
  34: ['warning', 'A firmware update of the drive failed.'],
  35: ['warning', 'The drive is outside its humidity range.'],
  36: ['warning', 'The drive is outside its temperature range.'],
  37: ['warning', 'The supply voltage of the drive is out of range.'],
  38: ['critical', 'The drive predicts its own failure.'],
  39: ['warning', 'The drive should be serviced.'],
  51: ['warning', 'The directory of the tape was damaged when the cartridge was unloaded: read it all to rebuild it.'],
  52: ['critical', 'System data of the cartridge cannot be read: copy what can be read and retire it.'],
  53: ['critical', 'System data of the cartridge cannot be written at its end.'],
  55: ['critical', 'Loading the cartridge failed.'],
  56: ['critical', 'Unloading the cartridge failed.'],
  58: ['warning', 'The firmware of the drive failed.'],
  59: ['warning', 'The WORM cartridge failed its integrity check.'],
  60: ['warning', 'Overwriting a WORM cartridge was attempted.'],
};

/** Of a media changer (SMC, TapeAlert log page). */
export const changerAlerts: AlertTable = {
  1: ['critical', 'The library cannot communicate with a drive: check the cable between them.'],
  2: ['warning', 'A part of the library has a hardware fault.'],
  3: ['critical', 'The library has a hardware fault: reset it.'],
  4: ['critical', 'The library has a hardware fault: have it serviced.'],
  5: ['warning', 'The library may have a hardware fault: run its diagnostics.'],
  6: ['critical', 'The connection to the library has trouble: check its cable.'],
  7: ['warning', 'The library predicts its own failure: have it serviced.'],
  8: ['warning', 'The library should be serviced.'],
  9: ['critical', 'The library is outside its humidity range.'],
  10: ['critical', 'The library is outside its temperature range.'],
  11: ['critical', 'The supply voltage of the library is out of range.'],
  12: ['critical', 'A cartridge was left in a drive or in the robot by an earlier fault: take it out.'],
  13: ['warning', 'The robot has trouble picking a cartridge from a slot.'],
  14: ['warning', 'The robot has trouble placing a cartridge into a slot.'],
  15: ['warning', 'The robot has trouble loading a cartridge into a drive.'],
  16: ['critical', 'A door of the library is open: close it.'],
  17: ['critical', 'The mail slot of the library has a mechanical fault.'],
  18: ['critical', 'The library works without its magazine: put it in.'],
  19: ['warning', 'The security of the library was changed.'],
  20: ['information', 'The security mode of the library was changed.'],
  21: ['information', 'The library was taken off line.'],
  22: ['information', 'A drive of the library was taken off line.'],
  23: ['warning', 'The robot has trouble reading barcodes.'],
  24: ['critical', 'The library lost track of what is in its slots: inventory it.'],
  25: ['warning', 'The library was told to do something that it cannot do.'],
  26: ['warning', 'A second connection of the library failed.'],
  27: ['warning', 'A fan of the library failed.'],
  28: ['warning', 'A power supply of the library failed.'],
  29: ['warning', 'The supply voltage of the library is out of range.'],
  30: ['critical', 'The pass-through mechanism between library modules failed.'],
  31: ['critical', 'A cartridge was left in the pass-through mechanism: take it out.'],
  32: ['information', 'Some barcodes could not be read.'],
};

/** Raised flags of log page 2Eh. */
export function parseAlerts(page: Uint8Array, table: AlertTable): Alert[] {
  const alerts: Alert[] = [];
  for (const [flag, value] of logParameters(page)) {
    if (flag < 1 || flag > 64 || ((value[0] ?? 0) & 1) === 0) continue;
    const [severity, words] = table[flag] ?? ['information', `The device raised its alert number ${flag}.`];
    alerts.push({ flag, severity, words });
  }
  return alerts;
}
