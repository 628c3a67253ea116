import { readFileSync } from 'node:fs';
import { get32, get64 } from '../../big-endian.ts';

const headerBytes = 48;
const kind = { data: 0x02, endOfData: 0x20, filemark: 0x40 } as const;

/**
 * What tgt's own cartridge file holds, read without any SCSI: the records of each tape file, filemarks between them. A
 * chain of headers (checksum, sizes, type, number, previous, own and next position, big-endian), each before its data.
 */
export function cartridgeFiles(path: string): Buffer[][] {
  const bytes = readFileSync(path);
  const files: Buffer[][] = [[]];
  for (let at = get64(bytes, 40); ; ) {
    const [size, type, own, next] = [
      get32(bytes, at + 4),
      get32(bytes, at + 12),
      get64(bytes, at + 32),
      get64(bytes, at + 40),
    ];
    if (own !== at) throw new Error(`${path}: there is no header at ${at}.`);
    if (type === kind.endOfData) break;
    if (type === kind.filemark) files.push([]);
    else if (type === kind.data) files.at(-1)?.push(bytes.subarray(at + headerBytes, at + headerBytes + size));
    else throw new Error(`${path}: a block of type ${type} at ${at}.`);
    at = next;
  }
  // Behind the last filemark there is no file.
  if (files.at(-1)?.length === 0) files.pop();
  return files;
}
