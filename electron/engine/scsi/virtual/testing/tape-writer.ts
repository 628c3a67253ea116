/**
 * A process that writes tapes until it is killed: node tape-writer.ts <library directory>. Every line it prints is a
 * promise that must hold after its death: `flushed <blocks>` of the cartridge in the first drive.
 */
import { writeSync } from 'node:fs';
import { Changer } from '../../smc.ts';
import { TapeDrive } from '../../ssc.ts';
import type { ScsiTransport } from '../../transport.ts';
import { openVirtualLibrary } from '../library.ts';
import { numberedRecord } from './temporary-library.ts';

const recordLengths = [65_536, 65_536, 1001, 65_536, 7] as const;

/** Length of the record at a block; every eighth block is a filemark. */
export function lengthAt(block: number): number | undefined {
  return block % 8 === 7 ? undefined : recordLengths[block % recordLengths.length];
}

const filesPerFlush = 3;

async function writeTapes(directory: string, limitBlocks: number): Promise<void> {
  const library = await openVirtualLibrary(directory);
  const changer = await Changer.open(library.changer);
  const drive = await TapeDrive.open(library.drives[0] as ScsiTransport);
  if (!(await changer.elementStatus()).some((element) => element.address === 256 && element.full)) {
    await changer.move(4096, 256);
  }
  await drive.load();
  await drive.spaceToEndOfData();
  for (let { block } = await drive.position(); block < limitBlocks; block++) {
    const length = lengthAt(block);
    if (length !== undefined) {
      await drive.writeRecord(numberedRecord(block, length));
      continue;
    }
    await drive.writeFilemarks(1, { immediate: true });
    if (Math.floor(block / 8) % filesPerFlush !== filesPerFlush - 1) continue;
    await drive.flush();
    // Synchronous, so that the line is out before anything else happens.
    writeSync(1, `flushed ${block + 1}\n`);
  }
  await drive.unload();
  await changer.move(256, 4096);
  await library.close();
  writeSync(1, 'done\n');
}

if (import.meta.main) await writeTapes(process.argv[2] as string, Number(process.argv[3]));
