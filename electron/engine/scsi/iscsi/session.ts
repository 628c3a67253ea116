/** The full feature phase of a session with one connection and error recovery level 0 (RFC 7143). */
import { get16, get32 } from '../big-endian.ts';
import type { ScsiReply } from '../transport.ts';
import { ConnectionLost } from './connection.ts';
import type { LoggedIn } from './login.ts';
import {
  dataOut,
  isAfter,
  logoutRequest,
  noTag,
  nopOut,
  response,
  scsiCommand,
  type TargetPdu,
  taskFunction,
  taskManagement,
} from './pdu.ts';
import { ProtocolError } from './pdu-reader.ts';
import { rejectWords, responseWords } from './reject-words.ts';
import type { IscsiTimes } from './times.ts';

export interface SessionCommand {
  lun: number;
  cdb: Uint8Array;
  out?: Uint8Array | undefined;
  into?: Uint8Array | undefined;
}

/** The target answered that it could not carry the command out at all; not a status of the device. */
export class CommandRejected extends Error {
  override readonly name = 'CommandRejected';
}

interface Task {
  command: SessionCommand;
  tag: number;
  commandSn: number;
  receivedBytes: number;
  nextDataSn: number;
  settle(result: ScsiReply | Error): void;
}

const noBytes = new Uint8Array(0);

export class Session {
  readonly #login: LoggedIn;
  readonly #times: IscsiTimes;
  readonly #tasks = new Map<number, Task>();
  /** Answers to NOP-Out, task management and logout by tag. */
  readonly #waiting = new Map<number, (pdu: TargetPdu) => void>();
  /** Commands that the target's window does not let out yet. */
  #held: (() => void)[] = [];
  #commandSn: number;
  #expectedStatusSn: number;
  #maxCommandSn: number;
  #nextTag = 1;
  #lost: Error | undefined;
  #pingSentMs: number | undefined;
  #logoutWanted = false;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(login: LoggedIn, times: IscsiTimes) {
    this.#login = login;
    this.#times = times;
    this.#commandSn = login.commandSn;
    this.#expectedStatusSn = login.expectedStatusSn;
    this.#maxCommandSn = login.maxCommandSn;
    const { connection } = login;
    connection.place = (pdu, length) => this.#place(pdu, length);
    connection.onPdu = (pdu, data) => this.#received(pdu, data);
    connection.onLost = (reason) => this.#end(reason);
    this.#heartbeat = setInterval(() => this.#beat(), Math.min(times.pingAfterMs, times.pingLimitMs, 5000) / 4);
    this.#heartbeat.unref();
    if (connection.isLost) this.#end(new ConnectionLost('was closed by the target'));
  }

  /** Why there is no session any more; undefined while there is. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** The target asked to be left; a new session may be had from it. */
  get isLeaving(): boolean {
    return this.#logoutWanted;
  }

  get busy(): boolean {
    return this.#tasks.size > 0;
  }

  get parameters(): LoggedIn['parameters'] {
    return this.#login.parameters;
  }

  /** Bytes of a write that may go out without the target asking for them. */
  get unsolicitedBytes(): number {
    return unsolicited(this.parameters);
  }

  /**
   * Sends a command. Returns its tag and the answer; that rejects with {@link ConnectionLost}, {@link ProtocolError} or
   * {@link CommandRejected}.
   */
  start(command: SessionCommand): { tag: number; answer: Promise<ScsiReply> } {
    const tag = this.#tag();
    const answer = new Promise<ScsiReply>((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      const task: Task = {
        command,
        tag,
        commandSn: 0,
        receivedBytes: 0,
        nextDataSn: 0,
        settle: (result) => {
          this.#tasks.delete(tag);
          if (result instanceof Error) reject(result);
          else resolve(result);
        },
      };
      this.#tasks.set(tag, task);
      this.#inWindow(() => {
        if (this.#tasks.has(tag)) this.#sendCommand(task);
      });
    });
    return { tag, answer };
  }

  /**
   * Gives a command up: asks the target to abort it and, where it will not, to reset the logical unit. The command's
   * answer rejects with `reason`. False when the target did not answer: the session is then lost.
   */
  async abort(tag: number, reason: Error): Promise<boolean> {
    const task = this.#tasks.get(tag);
    if (!task || this.#lost) return this.#lost === undefined;
    // From here on nothing of it is sent, and what comes of it is thrown away.
    this.#tasks.delete(tag);
    const { lun } = task.command;
    let done = false;
    try {
      const ended = await this.#manage(taskFunction.abortTask, lun, task);
      // 0 done, 1 no such task (it had ended, or had not begun); everything else: the target cannot.
      done = ended <= 1 || (await this.#manage(taskFunction.logicalUnitReset, lun)) === 0;
      if (!done) this.#login.connection.drop(new ConnectionLost('was given up: the target could not abort a command'));
    } catch {
      done = false;
    }
    task.settle(reason);
    return done;
  }

  /** Resets a logical unit: whatever it does is ended. Returns the target's response code (RFC 7143, 11.6.1). */
  async resetUnit(lun: number): Promise<number> {
    return this.#manage(taskFunction.logicalUnitReset, lun);
  }

  async close(): Promise<void> {
    if (this.#lost) return;
    try {
      const tag = this.#tag();
      await this.#ask(tag, logoutRequest(tag, this.#commandSn, this.#expectedStatusSn), 'logout');
    } catch {
      // Gone is gone.
    }
    this.#end(new ConnectionLost('was closed'));
    this.#login.connection.end();
  }

  #tag(): number {
    const tag = this.#nextTag;
    this.#nextTag = tag + 1 >= noTag ? 1 : tag + 1;
    return tag;
  }

  #inWindow(send: () => void): void {
    if (this.#held.length > 0 || isAfter(this.#commandSn, this.#maxCommandSn)) this.#held.push(send);
    else send();
  }

  #sendCommand(task: Task): void {
    const { connection, parameters } = this.#login;
    const { command, tag } = task;
    const { out, into } = command;
    task.commandSn = this.#commandSn;
    this.#commandSn = (this.#commandSn + 1) >>> 0;
    const unsolicitedEnd = Math.min(out?.length ?? 0, unsolicited(parameters));
    const immediate = parameters.immediateData ? Math.min(unsolicitedEnd, parameters.targetSegmentBytes) : 0;
    const header = scsiCommand({
      lun: command.lun,
      tag,
      commandSn: task.commandSn,
      expectedStatusSn: this.#expectedStatusSn,
      cdb: command.cdb,
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
      this.#sendData(task, noTag, immediate, unsolicitedEnd);
    });
  }

  /** One sequence of Data-Out, each no longer than the target takes. */
  #sendData(task: Task, transferTag: number, from: number, to: number): void {
    const { connection, parameters } = this.#login;
    const out = task.command.out as Uint8Array;
    connection.batch(() => {
      let dataSn = 0;
      for (let offset = from; offset < to; dataSn++) {
        const length = Math.min(parameters.targetSegmentBytes, to - offset);
        const header = dataOut({
          lun: task.command.lun,
          tag: task.tag,
          transferTag,
          expectedStatusSn: this.#expectedStatusSn,
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

  #place(pdu: TargetPdu, length: number): Uint8Array | undefined {
    if (pdu.opcode !== response.dataIn) return undefined;
    const task = this.#tasks.get(pdu.tag);
    // Of a command that was given up.
    if (!task) return undefined;
    const { into } = task.command;
    if (!into || pdu.offset + length > into.length) {
      throw new ProtocolError('more data came than was asked for');
    }
    return into.subarray(pdu.offset, pdu.offset + length);
  }

  #received(pdu: TargetPdu, data: Uint8Array): void {
    this.#pingSentMs = undefined;
    switch (pdu.opcode) {
      case response.dataIn:
        return this.#dataIn(pdu, data);
      case response.scsi:
        this.#sequence(pdu, true);
        return this.#scsiResponse(pdu, data);
      case response.r2t:
        this.#sequence(pdu, false);
        return this.#readyToTransfer(pdu);
      case response.nopIn:
        this.#sequence(pdu, pdu.tag !== noTag);
        if (pdu.transferTag !== noTag) this.#answerPing(pdu, data);
        return this.#answered(pdu);
      case response.taskManagement:
      case response.logout:
        this.#sequence(pdu, true);
        return this.#answered(pdu);
      case response.async:
        this.#sequence(pdu, true);
        return this.#asyncMessage(pdu);
      case response.reject:
        this.#sequence(pdu, true);
        return this.#rejected(pdu, data);
      default:
        throw new ProtocolError(`the target sent message ${pdu.opcode.toString(16)}h, which does not belong here`);
    }
  }

  /** Takes over the target's sequence numbers; a wider window lets held commands out. */
  #sequence(pdu: TargetPdu, hasStatusSn: boolean): void {
    if (hasStatusSn) {
      if (pdu.statusSn !== this.#expectedStatusSn) {
        throw new ProtocolError(
          `an answer is missing (status ${pdu.statusSn} came, ${this.#expectedStatusSn} was due)`,
        );
      }
      this.#expectedStatusSn = (pdu.statusSn + 1) >>> 0;
    }
    if (isAfter(pdu.maxCommandSn, this.#maxCommandSn)) this.#maxCommandSn = pdu.maxCommandSn;
    while (this.#held.length > 0 && !isAfter(this.#commandSn, this.#maxCommandSn)) this.#held.shift()?.();
  }

  #dataIn(pdu: TargetPdu, data: Uint8Array): void {
    const withStatus = (pdu.flags & 0x01) !== 0;
    this.#sequence(pdu, withStatus);
    const task = this.#tasks.get(pdu.tag);
    if (!task) return;
    if (pdu.dataSn !== task.nextDataSn) throw new ProtocolError('data of a command is missing or came out of order');
    task.nextDataSn += 1;
    task.receivedBytes = Math.max(task.receivedBytes, pdu.offset + data.length);
    if (withStatus) this.#finish(task, pdu, undefined);
  }

  #scsiResponse(pdu: TargetPdu, data: Uint8Array): void {
    const task = this.#tasks.get(pdu.tag);
    if (!task) return;
    if (pdu.responseCode !== 0) {
      return task.settle(
        new CommandRejected(`the target could not carry out the command${responseWords(pdu.responseCode)}`),
      );
    }
    const senseLength = data.length >= 2 ? Math.min(get16(data, 0), data.length - 2) : 0;
    this.#finish(task, pdu, senseLength > 0 ? Uint8Array.from(data.subarray(2, 2 + senseLength)) : undefined);
  }

  #finish(task: Task, pdu: TargetPdu, sense: Uint8Array | undefined): void {
    const { into } = task.command;
    const underflow = (pdu.flags & 0x02) !== 0 ? pdu.count : 0;
    const most = Math.max(0, (into?.length ?? 0) - underflow);
    const received = into ? into.subarray(0, Math.min(task.receivedBytes, most)) : noBytes;
    task.settle({ status: pdu.status, ...(sense ? { sense } : {}), in: received });
  }

  #readyToTransfer(pdu: TargetPdu): void {
    const task = this.#tasks.get(pdu.tag);
    if (!task) return;
    const end = pdu.offset + pdu.count;
    const { out } = task.command;
    if (!out || pdu.count === 0 || end > out.length || pdu.count > this.parameters.maxBurstBytes) {
      throw new ProtocolError('the target asks for data that there is not');
    }
    this.#sendData(task, pdu.transferTag, pdu.offset, end);
  }

  #answerPing(pdu: TargetPdu, data: Uint8Array): void {
    const echo = data.subarray(0, this.parameters.targetSegmentBytes);
    const fields = {
      lun: pdu.lun,
      tag: noTag,
      transferTag: pdu.transferTag,
      commandSn: this.#commandSn,
      expectedStatusSn: this.#expectedStatusSn,
    };
    this.#login.connection.send(nopOut(fields, echo.length), Uint8Array.from(echo));
  }

  #answered(pdu: TargetPdu): void {
    const waiting = this.#waiting.get(pdu.tag);
    this.#waiting.delete(pdu.tag);
    waiting?.(pdu);
  }

  /** Events of the target (11.9). */
  #asyncMessage(pdu: TargetPdu): void {
    const event = get32(pdu.header, 36) >>> 24;
    if (event === 0) return;
    if (event === 1 || event === 4) {
      // It wants us to log out, or to negotiate anew, which a new login does.
      this.#logoutWanted = true;
      if (!this.busy) void this.close();
      return;
    }
    if (event === 2 || event === 3) {
      this.#login.connection.drop(new ConnectionLost('is about to be dropped by the target'));
    }
  }

  #rejected(pdu: TargetPdu, data: Uint8Array): void {
    const words = rejectWords(pdu.responseCode);
    const tag = data.length >= 20 ? get32(data, 16) : noTag;
    const task = this.#tasks.get(tag);
    // Data that arrived damaged, and what belongs to no command of ours: nothing can be saved of the connection.
    if (!task || pdu.responseCode === 0x02) throw new ProtocolError(`the target rejected a message: ${words}`);
    task.settle(new CommandRejected(`the target rejected the command: ${words}`));
  }

  async #manage(what: number, lun: number, task?: Task): Promise<number> {
    const tag = this.#tag();
    const header = taskManagement({
      function: what,
      lun,
      tag,
      referencedTag: task?.tag ?? noTag,
      commandSn: this.#commandSn,
      expectedStatusSn: this.#expectedStatusSn,
      referencedCommandSn: task?.commandSn ?? 0,
    });
    return (await this.#ask(tag, header, 'abort of a command')).responseCode;
  }

  #ask(tag: number, header: Uint8Array, what: string): Promise<TargetPdu> {
    return new Promise((resolve, reject) => {
      const { connection } = this.#login;
      const limitMs = this.#times.taskManagementMs;
      const timer = setTimeout(
        () => connection.drop(new ConnectionLost(`was given up: no answer to the ${what}`)),
        limitMs,
      );
      const lost = (): void => reject(this.#lost);
      this.#onEnd.add(lost);
      const clear = (): void => {
        clearTimeout(timer);
        this.#onEnd.delete(lost);
      };
      this.#onEnd.add(clear);
      this.#waiting.set(tag, (pdu) => {
        clear();
        this.#onEnd.delete(clear);
        resolve(pdu);
      });
      connection.send(header);
    });
  }

  readonly #onEnd = new Set<() => void>();

  #beat(): void {
    const now = performance.now();
    const { connection } = this.#login;
    if (this.#pingSentMs !== undefined) {
      if (now - this.#pingSentMs > this.#times.pingLimitMs) {
        connection.drop(new ConnectionLost('is dead: the target does not answer'));
      }
      return;
    }
    if (now - connection.lastHeardMs < this.#times.pingAfterMs) return;
    this.#pingSentMs = now;
    const fields = {
      lun: 0,
      tag: this.#tag(),
      transferTag: noTag,
      commandSn: this.#commandSn,
      expectedStatusSn: this.#expectedStatusSn,
    };
    connection.send(nopOut(fields));
  }

  #end(reason: Error): void {
    if (this.#lost) return;
    this.#lost = reason;
    clearInterval(this.#heartbeat);
    this.#held = [];
    for (const act of this.#onEnd) act();
    this.#onEnd.clear();
    this.#waiting.clear();
    for (const task of this.#tasks.values()) task.settle(reason);
  }
}

function unsolicited(parameters: LoggedIn['parameters']): number {
  if (!parameters.initialR2T) return parameters.firstBurstBytes;
  return parameters.immediateData ? Math.min(parameters.firstBurstBytes, parameters.targetSegmentBytes) : 0;
}
