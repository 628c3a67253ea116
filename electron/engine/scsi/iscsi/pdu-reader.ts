import { get32 } from '../big-endian.ts';
import { crc32c } from './crc32c.ts';
import { additionalHeaderBytes, bhsBytes, dataSegmentBytes, paddingOf, parsePdu, type TargetPdu } from './pdu.ts';

/** The peer breaks the protocol: the connection cannot be used any more. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

export interface PduSink {
  /**
   * Where the data segment of this PDU goes: exactly so many bytes, or undefined for a buffer of the reader's own.
   * May throw {@link ProtocolError}.
   */
  destination(pdu: TargetPdu, lengthBytes: number): Uint8Array | undefined;
  /** A whole PDU; `data` is the destination given, or valid only for the time of the call. */
  received(pdu: TargetPdu, data: Uint8Array): void;
}

const noData = new Uint8Array(0);

/**
 * Cuts a stream of bytes into PDUs. Data segments are copied once, from the bytes given to `push` to where they belong.
 * `push` throws {@link ProtocolError} on what is no PDU, on longer segments than agreed, and on a wrong digest.
 */
export class PduReader {
  headerDigest = false;
  dataDigest = false;
  /** Longest data segment the peer may send: our MaxRecvDataSegmentLength. */
  maxSegmentBytes = 8192;
  readonly #sink: PduSink;
  #header = new Uint8Array(bhsBytes);
  #headerFilled = 0;
  /** Bytes after the basic header and before the data: additional headers and the digest. */
  #extra = noData;
  #extraFilled = 0;
  #pdu: TargetPdu | undefined;
  #data: Uint8Array = noData;
  #dataFilled = 0;
  /** Padding and digest behind the data. */
  #trailer = noData;
  #trailerFilled = 0;

  constructor(sink: PduSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    const fill = (into: Uint8Array, filled: number): number => {
      const count = Math.min(into.length - filled, bytes.length - at);
      if (count > 0) into.set(count === bytes.length ? bytes : bytes.subarray(at, at + count), filled);
      at += count;
      return filled + count;
    };
    while (at < bytes.length) {
      if (!this.#pdu) {
        if (this.#headerFilled < bhsBytes) {
          this.#headerFilled = fill(this.#header, this.#headerFilled);
          if (this.#headerFilled < bhsBytes) return;
          this.#extra = new Uint8Array(additionalHeaderBytes(this.#header) + (this.headerDigest ? 4 : 0));
          this.#extraFilled = 0;
        }
        this.#extraFilled = fill(this.#extra, this.#extraFilled);
        if (this.#extraFilled < this.#extra.length) return;
        this.#begin();
      }
      this.#dataFilled = fill(this.#data, this.#dataFilled);
      if (this.#dataFilled < this.#data.length) return;
      this.#trailerFilled = fill(this.#trailer, this.#trailerFilled);
      if (this.#trailerFilled < this.#trailer.length) return;
      this.#finish();
    }
  }

  #begin(): void {
    const header = this.#header;
    if (this.headerDigest) {
      const additional = this.#extra.subarray(0, this.#extra.length - 4);
      const crc = crc32c(additional, crc32c(header));
      if (crc !== littleEndian32(this.#extra, additional.length)) {
        throw new ProtocolError('a message arrived damaged (wrong header digest)');
      }
    }
    const length = dataSegmentBytes(header);
    if (length > this.maxSegmentBytes) {
      throw new ProtocolError(`a message of ${length} bytes came where ${this.maxSegmentBytes} are the most agreed`);
    }
    const pdu = parsePdu(header);
    const destination = length === 0 ? noData : this.#sink.destination(pdu, length);
    if (destination && destination.length !== length) throw new RangeError('The destination has another length.');
    this.#pdu = pdu;
    this.#data = destination ?? new Uint8Array(length);
    this.#dataFilled = 0;
    this.#trailer = length === 0 ? noData : new Uint8Array(paddingOf(length) + (this.dataDigest ? 4 : 0));
    this.#trailerFilled = 0;
  }

  #finish(): void {
    const pdu = this.#pdu as TargetPdu;
    const data = this.#data;
    if (this.dataDigest && data.length > 0) {
      const padding = this.#trailer.subarray(0, this.#trailer.length - 4);
      if (crc32c(padding, crc32c(data)) !== littleEndian32(this.#trailer, padding.length)) {
        throw new ProtocolError('data arrived damaged (wrong data digest)');
      }
    }
    this.#pdu = undefined;
    // The PDU keeps its header; the next one gets its own.
    this.#header = new Uint8Array(bhsBytes);
    this.#headerFilled = 0;
    this.#data = noData;
    this.#sink.received(pdu, data);
  }
}

function littleEndian32(bytes: Uint8Array, at: number): number {
  const value = get32(bytes, at);
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | (value << 24)) >>> 0;
}
