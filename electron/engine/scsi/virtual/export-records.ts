/**
 * Reads a cartridge of a virtual library without the library: lists the tape files of an image, or writes the records
 * of one of them, one after the other, to a plain file. Changes nothing in the image.
 *
 *   npm run export-records -- <cartridge.tap>                  lists
 *   npm run export-records -- <cartridge.tap> <n> <output>     exports tape file n, from 0
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { scanImage } from './image-scan.ts';
import { damagedWord, errorFlag, isRecord, recordLength } from './tape-image.ts';
import { TapeIndex } from './tape-index.ts';

/** What lies between two filemarks. */
export interface TapeFile {
  file: number;
  /** Tape block of the first record. */
  firstBlock: number;
  records: number;
  lengthBytes: number;
  /** Whether a filemark ends it. Data without one was being written when something stopped. */
  ended: boolean;
}

/** The tape files of an image, in order. */
export async function listTapeFiles(imagePath: string): Promise<TapeFile[]> {
  const handle = await open(imagePath, 'r');
  try {
    return filesOf(await indexOf(handle));
  } finally {
    await handle.close();
  }
}

/**
 * Writes the records of one tape file (counted from 0) to a new file.
 * @returns Bytes written. Throws where there is no such tape file, or a record of it is marked as unreadable.
 */
export async function exportTapeFile(imagePath: string, file: number, outputPath: string): Promise<number> {
  const image = await open(imagePath, 'r');
  try {
    const index = await indexOf(image);
    const wanted = filesOf(index)[file];
    if (!wanted) throw new Error(`There is no tape file ${file} on ${imagePath}.`);
    const output = await open(outputPath, 'wx');
    try {
      await copyRecords(image, index, wanted, output);
      await output.sync();
    } catch (error) {
      await output.close();
      await rm(outputPath, { force: true });
      throw error;
    }
    await output.close();
    return wanted.lengthBytes;
  } finally {
    await image.close();
  }
}

async function indexOf(handle: FileHandle): Promise<TapeIndex> {
  const index = new TapeIndex();
  await scanImage(handle, index, (await handle.stat()).size);
  return index;
}

function filesOf(index: TapeIndex): TapeFile[] {
  const files: TapeFile[] = [];
  let open: TapeFile | undefined;
  let block = 0;
  for (const [word, count] of index.entries()) {
    if (isRecord(word) || word === damagedWord) {
      open ??= { file: files.length, firstBlock: block, records: 0, lengthBytes: 0, ended: false };
      open.records += count;
      open.lengthBytes += count * recordLength(word);
      block += count;
    } else if (word === 0) {
      for (let mark = 0; mark < count; mark++, block++) {
        open ??= { file: files.length, firstBlock: block, records: 0, lengthBytes: 0, ended: false };
        files.push({ ...open, ended: true });
        open = undefined;
      }
    }
  }
  if (open) files.push(open);
  return files;
}

async function copyRecords(image: FileHandle, index: TapeIndex, wanted: TapeFile, output: FileHandle): Promise<void> {
  let buffer = Buffer.alloc(0);
  for (let block = wanted.firstBlock; block < wanted.firstBlock + wanted.records; block++) {
    const object = index.at(block);
    if (!object) throw new Error(`The image ends before block ${block}.`);
    if ((object.word & errorFlag) !== 0) throw new Error(`The record at block ${block} is marked as unreadable.`);
    const length = recordLength(object.word);
    if (buffer.length < length) buffer = Buffer.alloc(length);
    const { bytesRead } = await image.read(buffer, 0, length, object.offset + 4);
    if (bytesRead !== length) throw new Error(`The image ends within the record at block ${block}.`);
    await output.writeFile(buffer.subarray(0, length));
  }
}

if (import.meta.main) {
  const [imagePath, file, outputPath] = process.argv.slice(2);
  if (imagePath !== undefined && file !== undefined && outputPath !== undefined && /^\d+$/.test(file)) {
    console.log(`${await exportTapeFile(imagePath, Number(file), outputPath)} bytes written to ${outputPath}`);
  } else if (imagePath !== undefined && file === undefined) {
    console.table(await listTapeFiles(imagePath));
  } else {
    console.error('Usage: export-records.ts <cartridge.tap> [<tape file, from 0> <output file>]');
    process.exitCode = 2;
  }
}
