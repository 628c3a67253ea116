import { get16 } from '../big-endian.ts';
import type { ScsiReply } from '../transport.ts';
import type { CommandWindow } from './command-window.ts';
import type { LoggedIn } from './login.ts';
import { dataOut, noTag, scsiCommand, type TargetPdu } from './pdu.ts';
import { ProtocolError } from './pdu-reader.ts';

export interface SessionCommand {
  lun: number;
  cdb: Uint8Array;
  out?: Uint8Array | undefined;
  into?: Uint8Array | undefined;
}

const noBytes = new Uint8Array(0);

/** One SCSI command on its way: what is sent of it, where its data goes, and the reply that comes of it. */
export class CommandTask {
  readonly command: SessionCommand;
  readonly tag: number;
  /** Ends it, with a reply or with the reason why there is none. */
  readonly settle: (result: ScsiReply | Error) => void;
  readonly #login: LoggedIn;
  readonly #window: CommandWindow;
  #commandSn = 0;
  #receivedBytes = 0;
  #nextDataSn = 0;

  constructor(
    command: SessionCommand,
    of: { tag: number; login: LoggedIn; window: CommandWindow; settle: (result: ScsiReply | Error) => void },
  ) {
    this.command = command;
    this.tag = of.tag;
    this.settle = of.settle;
    this.#login = of.login;
    this.#window = of.window;
  }

  /** 0 before it was sent. */
  get commandSn(): number {
    return this.#commandSn;
  }

  /** Sends the command, with as much of its data as may go out without the target asking for it. */
  send(): void {
    const { connection, parameters } = this.#login;
    const { lun, cdb, out, into } = this.command;
    this.#commandSn = this.#window.takeCommandSn();
    const unsolicitedEnd = Math.min(out?.length ?? 0, unsolicitedBytes(parameters));
    const immediate = parameters.immediateData ? Math.min(unsolicitedEnd, parameters.targetSegmentBytes) : 0;
    const header = scsiCommand({
      lun,
      tag: this.tag,
      commandSn: this.#commandSn,
      expectedStatusSn: this.#window.expectedStatusSn,
      cdb,
      direction: out && out.length > 0 ? 'write' : into && into.length > 0 ? 'read' : 'none',
      expectedBytes: out?.length ?? into?.length ?? 0,
      immediateBytes: immediate,
      final: immediate >= unsolicitedEnd,
    });
    if (!out || immediate >= unsolicitedEnd) {
      connection.send(header, out?.subarray(0, immediate));
      return;
    }
    connection.batch(() => {
      connection.send(header, out.subarray(0, immediate));
      this.#sendData(out, noTag, immediate, unsolicitedEnd);
    });
  }

  /** The target asks for data (R2T). */
  readyToTransfer(pdu: TargetPdu): void {
    const { out } = this.command;
    const end = pdu.offset + pdu.count;
    if (!out || pdu.count === 0 || end > out.length || pdu.count > this.#login.parameters.maxBurstBytes) {
      throw new ProtocolError('the target asks for data that the command does not have');
    }
    this.#sendData(out, pdu.transferTag, pdu.offset, end);
  }

  /** Where `length` bytes of a Data-In go. */
  place(pdu: TargetPdu, length: number): Uint8Array {
    const { into } = this.command;
    if (!into || pdu.offset + length > into.length) throw new ProtocolError('more data came than was asked for');
    return into.subarray(pdu.offset, pdu.offset + length);
  }

  dataIn(pdu: TargetPdu, length: number): void {
    if (pdu.dataSn !== this.#nextDataSn) throw new ProtocolError('data of a command is missing or came out of order');
    this.#nextDataSn += 1;
    this.#receivedBytes = Math.max(this.#receivedBytes, pdu.offset + length);
  }

  /** Settles with the status that a SCSI Response, or the last Data-In, brings; `data` begins with the sense length. */
  finish(pdu: TargetPdu, data?: Uint8Array): void {
    const { into } = this.command;
    const senseLength = data && data.length >= 2 ? Math.min(get16(data, 0), data.length - 2) : 0;
    const sense = data && senseLength > 0 ? Uint8Array.from(data.subarray(2, 2 + senseLength)) : undefined;
    const underflow = (pdu.flags & 0x02) !== 0 ? pdu.count : 0;
    const most = Math.max(0, (into?.length ?? 0) - underflow);
    const received = into ? into.subarray(0, Math.min(this.#receivedBytes, most)) : noBytes;
    this.settle({ status: pdu.status, ...(sense ? { sense } : {}), in: received });
  }

  /** One sequence of Data-Out, each no longer than the target takes. */
  #sendData(out: Uint8Array, transferTag: number, from: number, to: number): void {
    const { connection, parameters } = this.#login;
    connection.batch(() => {
      let dataSn = 0;
      for (let offset = from; offset < to; dataSn++) {
        const length = Math.min(parameters.targetSegmentBytes, to - offset);
        const header = dataOut({
          lun: this.command.lun,
          tag: this.tag,
          transferTag,
          expectedStatusSn: this.#window.expectedStatusSn,
          dataSn,
          offset,
          length,
          final: offset + length >= to,
        });
        connection.send(header, out.subarray(offset, offset + length));
        offset += length;
      }
    });
  }
}

/** Bytes of a write that may go out without the target asking for them. */
export function unsolicitedBytes(parameters: LoggedIn['parameters']): number {
  if (!parameters.initialR2T) return parameters.firstBurstBytes;
  return parameters.immediateData ? Math.min(parameters.firstBurstBytes, parameters.targetSegmentBytes) : 0;
}
