/** A drive's place in the library as the robot tells it. */
export interface DriveElement {
  address: number;
  /** Serial number of the drive there, where the library tells. */
  serial?: string | undefined;
}

export interface DriveAssignment {
  /** Element address for each drive in the order given, or null where it could not be told. */
  addresses: (number | null)[];
  /** What was assumed, for a person to check. */
  notes: string[];
}

/** A library may cut a serial number short; so much of it has to be there to be told by. */
const tellingLength = 4;

/**
 * Which configured drive stands at which element of the library. Serial numbers decide; libraries that tell none, or
 * none that a drive knows itself by, are taken at their word for the order: the first configured drive is their first.
 * A drive is never guessed while serial numbers speak for others: a tape mounted in the wrong drive is not found.
 */
export function assignDrives(
  elements: readonly DriveElement[],
  drives: readonly { serial: string }[],
): DriveAssignment {
  const addresses: (number | null)[] = drives.map(() => null);
  const notes: string[] = [];
  const open = new Map(elements.map((element) => [element.address, told(element.serial)]));
  const take = (index: number, address: number): void => {
    addresses[index] = address;
    open.delete(address);
  };
  for (const matches of [same, cutShort]) {
    for (const [index, drive] of drives.entries()) {
      const serial = normal(drive.serial);
      if (addresses[index] !== null || serial === '') continue;
      const fitting = [...open].filter(([, number]) => matches(number, serial));
      if (fitting.length === 1) take(index, (fitting[0] as [number, string])[0]);
    }
  }
  const bySerial = addresses.some((address) => address !== null);
  const left = addresses.flatMap((address, index) => (address === null ? [index] : []));
  // Once some drives were identified by serial number, elements with an unknown one are drives of another host.
  const places = [...open].filter(([, number]) => !bySerial || number === '').map(([address]) => address);
  const certain = left.length === 1 && places.length === 1;
  if (bySerial && !certain) return { addresses, notes };
  for (const index of left) {
    const address = places.shift();
    if (address !== undefined) addresses[index] = address;
  }
  if (left.length > 0 && !bySerial && drives.length > 1) {
    notes.push(
      'The library does not tell the serial numbers of its drives, so the drives were taken in the order given: the ' +
        'first is its drive 1. If a tape that was moved to a drive is not found in it, change the order.',
    );
  }
  return { addresses, notes };
}

const normal = (serial: string | undefined): string => serial?.trim().toUpperCase() ?? '';
/** What is left of a number cut off at the end of a reply tells nothing. */
const told = (serial: string | undefined): string => {
  const text = normal(serial);
  return text.length >= tellingLength ? text : '';
};
const same = (told: string, serial: string): boolean => told === serial;
const cutShort = (told: string, serial: string): boolean =>
  told.length >= tellingLength &&
  serial.length >= tellingLength &&
  (serial.startsWith(told) || told.startsWith(serial));
