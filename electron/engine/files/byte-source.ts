/** Bytes of a known length that can be read again from any position, best from front to back. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Fills as much of the buffer as there is from `position` on and gives the number of bytes; 0 only at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}
