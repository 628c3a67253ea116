import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examine } from '../../testing/power-loss/examine.ts';
import { whyNotWatched } from '../../testing/power-loss/system-calls.ts';
import { Changer } from '../smc.ts';
import { TapeDrive } from '../ssc.ts';
import type { ScsiTransport } from '../transport.ts';
import { openVirtualLibrary } from './library.ts';
import { lengthAt } from './testing/tape-writer.ts';
import { numberedRecord, temporaryLibrary } from './testing/temporary-library.ts';

const why = whyNotWatched();
const limitBlocks = 100;

/** Everything flushed is on the tape as it was written; what follows may be anything that can be read or refused. */
async function checkLibrary(directory: string, promised: number): Promise<void> {
  const library = await openVirtualLibrary(directory);
  try {
    const changer = await Changer.open(library.changer);
    const drive = await TapeDrive.open(library.drives[0] as ScsiTransport, { emptyGraceMs: 0 });
    const elements = await changer.elementStatus();
    expect(elements.filter((element) => element.barcode === 'RV0002L8')).toHaveLength(1);
    const held = elements.filter((element) => element.barcode === 'RV0001L8');
    expect(held).toHaveLength(1);
    if (held[0]?.type === 'slot') await changer.move(held[0].address, 256);
    await drive.load();
    const buffer = Buffer.alloc(65_536);
    for (let block = 0; block < promised; block += 1) {
      const length = lengthAt(block);
      expect(await drive.readRecord(buffer)).toEqual(
        length === undefined ? { kind: 'filemark' } : { kind: 'record', length },
      );
      if (length !== undefined) expect(buffer.subarray(0, length).equals(numberedRecord(block, length))).toBe(true);
    }
    await drive.spaceToEndOfData();
    const { block: end } = await drive.position();
    expect(end).toBeLessThanOrEqual(limitBlocks);
    // Writing goes on behind what was flushed.
    await drive.locate(promised);
    await drive.writeRecord(numberedRecord(promised, 1001));
    await drive.flush();
    await drive.locate(promised);
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: 1001 });
    await drive.unload();
  } finally {
    await library.close();
  }
}

test.skipIf(why !== undefined)(`a cartridge that loses power holds what was flushed (${why ?? 'strace'})`, async () => {
  const temporary = await temporaryLibrary({ shape: { cartridgeCapacityBytes: 16 * 1_048_576 } });
  await temporary.library.close();
  try {
    await examine({
      what: 'Virtual cartridge',
      folder: temporary.directory,
      program: join(import.meta.dirname, 'testing', 'tape-writer.ts'),
      args: [temporary.directory, String(limitBlocks)],
      sampleStride: 6,
      fewest: 21,
      check: (state, said) =>
        checkLibrary(state, Math.max(0, ...said.map((line) => Number(/^flushed (\d+)$/.exec(line)?.[1] ?? 0)))),
    });
  } finally {
    await temporary.close();
  }
});
