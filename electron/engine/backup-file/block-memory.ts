import { blockSizesBytes } from './restore-point.ts';
import { recordHeaderBytes } from './record.ts';
import { tagBytes } from './sealing.ts';

const pageBytes = 64 * 1024;
const largestBlockBytes = Math.max(...blockSizesBytes);

/**
 * A buffer that starts on a page boundary (which direct I/O needs), made once per thread and used for every block:
 * fresh memory per block would cost more than hashing it.
 */
function alignedBuffer(bytes: number): Buffer {
  const pages = Math.ceil(bytes / pageBytes);
  return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
}

/** Plain bytes of the block at hand. */
export const plainBuffer = alignedBuffer(largestBlockBytes);
/** The record at hand as it was read: header and stored body. */
export const storedBuffer = alignedBuffer(recordHeaderBytes + largestBlockBytes + tagBytes);
/** Packed bytes of the block at hand after decryption. */
export const unsealedBuffer = alignedBuffer(largestBlockBytes);
/** Stored body of the block at hand after encryption. */
export const sealedBuffer = alignedBuffer(largestBlockBytes + tagBytes);
/** Header of the record that is being written. */
export const headerBuffer: Buffer = Buffer.alloc(recordHeaderBytes);
/** Never written to. */
export const zeroBuffer = alignedBuffer(largestBlockBytes);
