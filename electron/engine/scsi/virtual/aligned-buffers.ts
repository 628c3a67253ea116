/**
 * Buffers that start on a page boundary, which direct I/O needs. JavaScript gets such memory from WebAssembly only, where
 * each piece reserves much address space: they are used again instead of made anew.
 */
const wasmPageBytes = 64 * 1024;
export const alignedBufferBytes = 4 * 1_048_576 + wasmPageBytes;

const spare: Buffer[] = [];

export function takeAlignedBuffer(): Buffer {
  const pages = alignedBufferBytes / wasmPageBytes;
  return spare.pop() ?? Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
}

/** Gives a buffer back; nobody may use it afterwards. */
export function giveAlignedBuffer(buffer: Buffer): void {
  spare.push(buffer);
}
