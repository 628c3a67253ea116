/**
 * How the devices of a virtual library answer where real ones differ: by the book, or as a known target does. As data,
 * so that what the tape layers must survive is written in one place and can be tested without that target.
 */

export type ProfileName = 'standard' | 'tgt';

export interface DriveProfile {
  /** Operation codes answered with "invalid command". */
  readonly unknownCommands: readonly number[];
  /** READ BLOCK LIMITS: as told; what is taken is up to 8 MiB whatever this says. */
  readonly blockLimits: { readonly granularity: number; readonly leastBytes: number; readonly mostBytes: number };
  /** READ POSITION: the place, or that it is not known (and in the long form, wrongly, the beginning). */
  readonly position: 'told' | 'unknown';
  /** SPACE over blocks: stops behind each filemark, or counts it as a block. */
  readonly spaceBlocks: 'stop-at-filemarks' | 'count-filemarks';
  /** SPACE back over filemarks: before the mark, or one object too far. */
  readonly spaceBack: 'before-filemark' | 'one-too-far';
  /** SPACE that meets the end of data: BLANK CHECK with the rest, or NO SENSE 00/05 without, also exactly at the end. */
  readonly spaceEnd: 'blank-check' | 'no-sense';
  /** READ at the end of data. */
  readonly readEnd: { readonly ascq: number; readonly endOfMedium: boolean; readonly withRest: boolean };
  /** READ of a record of another length: the record as far as it fits, or as many bytes as the lengths differ by. */
  readonly oddLengthData: 'record' | 'difference';
  /** READ honours SILI. */
  readonly suppressesLength: boolean;
  /** READ that meets a filemark sends as many meaningless bytes as were asked for. */
  readonly filemarkData: 'none' | 'garbage';
  /** A new cartridge is reported by UNIT ATTENTION 28/00. */
  readonly tellsNewCartridge: boolean;
  /** LOAD and UNLOAD do what they say, or are accepted and ignored. */
  readonly loadUnload: 'carried-out' | 'ignored';
  /** The robot may take a cartridge whose tape is threaded. */
  readonly robotTakesThreaded: boolean;
  /** Past the capacity of the cartridge: refused, or written for ever with a warning each time. */
  readonly hardEnd: boolean;
  /** Early warning: additional sense code qualifier (of ASC 00) and whether INFORMATION is valid. */
  readonly earlyWarning: { readonly ascq: number; readonly withRest: boolean };
  /** WRITE FILEMARKS that could not be written: CHECK CONDITION, or GOOD with the sense data next to it. */
  readonly lostFilemark: 'check-condition' | 'good-with-sense';
  /** MODE SELECT takes mode pages, or only a block descriptor. */
  readonly modeSelectPages: boolean;
  /** Cleaning and WORM cartridges are distinguished from others. */
  readonly knowsCartridgeKinds: boolean;
}

export interface ChangerProfile {
  readonly unknownCommands: readonly number[];
  /** READ ELEMENT STATUS: bytes missing at the end of the reply. */
  readonly statusCutBytes: number;
  /** READ ELEMENT STATUS obeys the number of elements asked for. */
  readonly obeysCount: boolean;
  /** Sets the flags ACCESS, EXCEPT, IMPEXP, EXENAB and INENAB. */
  readonly elementFlags: boolean;
  /** Reports by UNIT ATTENTION 28/01 that the import/export slots were accessed. */
  readonly tellsOpenedSlots: boolean;
  /** ASC and ASCQ for an address that no element has. */
  readonly unknownAddress: readonly [asc: number, ascq: number];
  /** MODE SENSE sends an empty block descriptor although a changer has none. */
  readonly blockDescriptorBytes: number;
  /** Field of the serial number in VPD page 80h, right-aligned; 0 where it is as long as the number. */
  readonly serialFieldBytes: number;
}

export interface LibraryProfile {
  readonly drive: DriveProfile;
  readonly changer: ChangerProfile;
}

export const libraryProfiles: Readonly<Record<ProfileName, LibraryProfile>> = {
  standard: {
    drive: {
      unknownCommands: [],
      blockLimits: { granularity: 0, leastBytes: 1, mostBytes: 8 * 1_048_576 },
      position: 'told',
      spaceBlocks: 'stop-at-filemarks',
      spaceBack: 'before-filemark',
      spaceEnd: 'blank-check',
      readEnd: { ascq: 0x05, endOfMedium: false, withRest: true },
      oddLengthData: 'record',
      suppressesLength: true,
      filemarkData: 'none',
      tellsNewCartridge: true,
      loadUnload: 'carried-out',
      robotTakesThreaded: false,
      hardEnd: true,
      earlyWarning: { ascq: 0x02, withRest: true },
      lostFilemark: 'check-condition',
      modeSelectPages: true,
      knowsCartridgeKinds: true,
    },
    changer: {
      unknownCommands: [],
      statusCutBytes: 0,
      obeysCount: true,
      elementFlags: true,
      tellsOpenedSlots: true,
      unknownAddress: [0x21, 0x01],
      blockDescriptorBytes: 0,
      serialFieldBytes: 0,
    },
  },
  // Linux SCSI target framework, measured on version 1.0.85.
  tgt: {
    drive: {
      unknownCommands: [0x19, 0x2b, 0x4d, 0x55, 0x8c, 0x92],
      blockLimits: { granularity: 9, leastBytes: 4, mostBytes: 1_048_576 },
      position: 'unknown',
      spaceBlocks: 'count-filemarks',
      spaceBack: 'one-too-far',
      spaceEnd: 'no-sense',
      readEnd: { ascq: 0x00, endOfMedium: true, withRest: false },
      oddLengthData: 'difference',
      suppressesLength: false,
      filemarkData: 'garbage',
      tellsNewCartridge: false,
      loadUnload: 'ignored',
      robotTakesThreaded: true,
      hardEnd: false,
      earlyWarning: { ascq: 0x00, withRest: false },
      lostFilemark: 'good-with-sense',
      modeSelectPages: false,
      knowsCartridgeKinds: false,
    },
    changer: {
      unknownCommands: [0x1e, 0x4d],
      statusCutBytes: 8,
      obeysCount: false,
      elementFlags: false,
      tellsOpenedSlots: false,
      unknownAddress: [0x24, 0x00],
      blockDescriptorBytes: 8,
      serialFieldBytes: 36,
    },
  },
};
