import type { ScsiTransport } from '../../transport.ts';
import { sgHeaderBytes } from '../sg-packet.ts';
import { type SgPort, SgPortError } from '../sg-port.ts';
import type { SgRequest } from '../sg-worker.ts';

const commandBytesOf = [6, 10, 10, 12, 16, 12, 10, 10] as const;
const keptBytes = 32_768;

/**
 * The Linux driver for SCSI generic devices as far as its older header goes, in front of a virtual device: status
 * without its lowest bit, 16 bytes of sense data, always as many bytes of data as were asked for, and in the part that
 * the device did not send whatever an earlier answer left there.
 */
export class VirtualSg implements SgPort {
  /** Thrown instead of the next exchange. */
  refuse?: SgPortError;
  /** Host status of the next answer; the command is not carried out. */
  host = 0;
  #kept = Buffer.alloc(keptBytes);
  readonly #device: ScsiTransport;
  #hangUp = (): void => {};

  constructor(device: ScsiTransport) {
    this.#device = device;
  }

  /** The next command never gets an answer. */
  hang = false;

  async exchange({ memory, commandBytes, answerBytes }: SgRequest): Promise<number> {
    const refused = this.refuse;
    this.refuse = undefined;
    if (refused) throw refused;
    if (commandBytes === 0) return 0;
    if (this.hang) {
      await new Promise<void>((resolve) => {
        this.#hangUp = resolve;
      });
      throw new SgPortError('ETIME', 'no answer');
    }
    const bytes = Buffer.from(memory);
    const replyBytes = bytes.readInt32LE(4);
    if (replyBytes > answerBytes) throw new Error('The answer would not fit.');
    const cdbBytes = commandBytesOf[(bytes[sgHeaderBytes] as number) >> 5] as number;
    const cdb = Uint8Array.from(bytes.subarray(sgHeaderBytes, sgHeaderBytes + cdbBytes));
    const out = Uint8Array.from(bytes.subarray(sgHeaderBytes + cdbBytes, commandBytes));
    const header = Buffer.alloc(sgHeaderBytes);
    bytes.copy(header, 8, 8, 12);
    if (this.host !== 0) {
      header.writeUInt32LE(this.host << 6, 16);
      this.host = 0;
      header.copy(bytes, 0);
      return replyBytes;
    }
    const inLength = replyBytes - sgHeaderBytes;
    const options = out.length > 0 ? { out } : { inLength };
    const reply = await this.#device.execute(cdb, options);
    header.writeUInt32LE((reply.status >> 1) << 1, 16);
    if (reply.sense) header.set(reply.sense.subarray(0, 16), 20);
    const sent = reply.in ?? new Uint8Array(0);
    const data = inLength > keptBytes ? Buffer.alloc(inLength) : this.#kept;
    data.set(sent);
    header.copy(bytes, 0);
    data.copy(bytes, sgHeaderBytes, 0, inLength);
    return replyBytes;
  }

  async close(): Promise<void> {
    this.#hangUp();
  }
}
