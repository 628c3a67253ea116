/**
 * What is known of particular devices and cannot be found out by asking them. Everything else is probed; a device that
 * is not here is taken to be as sloppy as the sloppiest one known.
 */
export interface DeviceQuirks {
  /**
   * READ of a record that is shorter than asked for sends the whole record, as the standard says. Only asked where the
   * transport cannot tell how many bytes came; where this is not known such a record is read twice.
   */
  readonly sendsWholeRecord?: true;
}

interface KnownDevice {
  readonly vendor: RegExp;
  readonly product: RegExp;
  readonly quirks: DeviceQuirks;
}

const knownDevices: readonly KnownDevice[] = [
  // LTO drives of every maker, by the names they have in INQUIRY data.
  {
    vendor: /^(IBM|HP|HPE|QUANTUM|CERTANCE|SEAGATE|TANDBERG)$/i,
    product: /^(ULTRIUM|ULT3580|LTO)/i,
    quirks: { sendsWholeRecord: true },
  },
  { vendor: /^IBM$/i, product: /^0359/, quirks: { sendsWholeRecord: true } },
];

export function quirksOf(device: { vendor: string; product: string }): DeviceQuirks {
  return (
    knownDevices.find(({ vendor, product }) => vendor.test(device.vendor) && product.test(device.product))?.quirks ?? {}
  );
}
