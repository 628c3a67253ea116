/**
 * Memory that threads share, used again once it is given back. A thread lets go of shared memory only when it collects
 * garbage, which the block threads hardly make any of, and V8 does not count it: without this every run would leave its
 * tables behind for a long time.
 */
const spare: SharedArrayBuffer[] = [];
const mostSpareBytes = 32 * 2 ** 20;

/** Memory of exactly this size, all zero. */
export function takeSharedMemory(sizeBytes: number): SharedArrayBuffer {
  const at = spare.findIndex((buffer) => buffer.byteLength === sizeBytes);
  const [found] = at < 0 ? [] : spare.splice(at, 1);
  if (!found) return new SharedArrayBuffer(sizeBytes);
  new Uint8Array(found).fill(0);
  return found;
}

/** For whoever took it, once, when no thread reads or writes it any more. */
export function giveBackSharedMemory(buffer: SharedArrayBuffer): void {
  spare.push(buffer);
  let bytes = spare.reduce((sum, { byteLength }) => sum + byteLength, 0);
  while (bytes > mostSpareBytes) bytes -= spare.shift()?.byteLength ?? 0;
}
