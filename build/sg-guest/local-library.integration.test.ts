import { expect, test } from 'vitest';
import { Tgt, tgtMissing } from '../../electron/engine/scsi/iscsi/testing/tgt.ts';
import { guestMissing, prepareKernel, runGuest } from './guest.ts';

let missing = guestMissing ?? tgtMissing;
// Without a network there may be no kernel to boot.
if (!missing) await prepareKernel().catch((error: Error) => (missing = error.message.split('\n')[0]));
const name = 'a library attached to a Linux machine: found, added, inventoried, written to and restored from';

test.skipIf(missing !== undefined)(missing ? `${name} (${missing})` : name, async () => {
  const tgt = await Tgt.start({ barcodes: ['RV0001L8', 'RV0002L8', 'RV0003L8'], drives: 2 });
  try {
    const unit = (lun: number): string => `iscsi://${tgt.portal}/${tgt.target}/${lun}`;
    const serial = await runGuest([unit(1), unit(2), unit(3)], 360_000);
    if (!serial.includes('GUEST ENDED 0')) throw new Error(`The guest failed:\n${serial}`);
    expect(serial).toContain('The disk is back from tape, bit for bit.');
    expect(serial).toMatch(/\/dev\/sg\d\s+changer\s+EXAMPLE VTL/);
    // Both drives have their places, although the target cuts the second one's serial number off.
    expect(serial).not.toContain('it is not known where it is');
    if (process.env.REELVAULT_SHOW_GUEST) console.log(serial);
  } finally {
    await tgt.close();
  }
  expect(tgt.died).toBeUndefined();
});
