/** The full feature phase of a session with one connection and error recovery level 0 (RFC 7143). */
import { get32 } from '../big-endian.ts';
import type { ScsiReply } from '../transport.ts';
import { CommandTask, type SessionCommand, unsolicitedBytes } from './command-task.ts';
import { CommandWindow } from './command-window.ts';
import { ConnectionLost } from './connection.ts';
import type { LoggedIn } from './login.ts';
import { logoutRequest, noTag, nopOut, response, type TargetPdu, taskFunction, taskManagement } from './pdu.ts';
import { ProtocolError } from './pdu-reader.ts';
import { PendingRequests } from './pending-requests.ts';
import { rejectWords, responseWords } from './reject-words.ts';
import type { IscsiTimes } from './times.ts';

/** The target answered that it could not carry the command out at all; not a status of the device. */
export class CommandRejected extends Error {
  override readonly name = 'CommandRejected';
}

/** Sends commands and routes what comes back to them; watches that the target lives, and ends all when it does not. */
export class Session {
  readonly #login: LoggedIn;
  readonly #times: IscsiTimes;
  readonly #window: CommandWindow;
  readonly #requests: PendingRequests;
  readonly #tasks = new Map<number, CommandTask>();
  #nextTag = 1;
  #lost: Error | undefined;
  #pingSentMs: number | undefined;
  #logoutWanted = false;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(login: LoggedIn, times: IscsiTimes) {
    this.#login = login;
    this.#times = times;
    const { connection } = login;
    this.#window = new CommandWindow(login);
    this.#requests = new PendingRequests(connection, times.taskManagementMs);
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

  /** The target asked us to log out; a new login may succeed. */
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
    return unsolicitedBytes(this.parameters);
  }

  /**
   * Sends a command. Returns its tag and the answer; that rejects with {@link ConnectionLost}, {@link ProtocolError} or
   * {@link CommandRejected}.
   */
  start(command: SessionCommand): { tag: number; answer: Promise<ScsiReply> } {
    const tag = this.#tag();
    const answer = new Promise<ScsiReply>((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      const settle = (result: ScsiReply | Error): void => {
        this.#tasks.delete(tag);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const task = new CommandTask(command, { tag, login: this.#login, window: this.#window, settle });
      this.#tasks.set(tag, task);
      this.#window.whenOpen(() => {
        if (this.#tasks.has(tag)) task.send();
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

  async close(): Promise<void> {
    if (this.#lost) return;
    try {
      const tag = this.#tag();
      const { commandSn, expectedStatusSn } = this.#window;
      await this.#requests.send(tag, logoutRequest(tag, commandSn, expectedStatusSn), 'logout');
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

  #place(pdu: TargetPdu, length: number): Uint8Array | undefined {
    if (pdu.opcode !== response.dataIn) return undefined;
    // Undefined, too, for data of a command that was given up.
    return this.#tasks.get(pdu.tag)?.place(pdu, length);
  }

  #received(pdu: TargetPdu, data: Uint8Array): void {
    this.#pingSentMs = undefined;
    switch (pdu.opcode) {
      case response.dataIn:
        return this.#dataIn(pdu, data);
      case response.scsi:
        this.#window.received(pdu, true);
        return this.#scsiResponse(pdu, data);
      case response.r2t:
        this.#window.received(pdu, false);
        return this.#tasks.get(pdu.tag)?.readyToTransfer(pdu);
      case response.nopIn:
        this.#window.received(pdu, pdu.tag !== noTag);
        if (pdu.transferTag !== noTag) this.#answerPing(pdu, data);
        return this.#requests.answered(pdu);
      case response.taskManagement:
      case response.logout:
        this.#window.received(pdu, true);
        return this.#requests.answered(pdu);
      case response.async:
        this.#window.received(pdu, true);
        return this.#asyncMessage(pdu);
      case response.reject:
        this.#window.received(pdu, true);
        return this.#rejected(pdu, data);
      default:
        throw new ProtocolError(`the target sent message ${pdu.opcode.toString(16)}h, which does not belong here`);
    }
  }

  #dataIn(pdu: TargetPdu, data: Uint8Array): void {
    const withStatus = (pdu.flags & 0x01) !== 0;
    this.#window.received(pdu, withStatus);
    const task = this.#tasks.get(pdu.tag);
    task?.dataIn(pdu, data.length);
    if (withStatus) task?.finish(pdu);
  }

  #scsiResponse(pdu: TargetPdu, data: Uint8Array): void {
    const task = this.#tasks.get(pdu.tag);
    if (pdu.responseCode === 0) return task?.finish(pdu, data);
    task?.settle(new CommandRejected(`the target could not carry out the command${responseWords(pdu.responseCode)}`));
  }

  #answerPing(pdu: TargetPdu, data: Uint8Array): void {
    const echo = data.subarray(0, this.parameters.targetSegmentBytes);
    const fields = {
      lun: pdu.lun,
      tag: noTag,
      transferTag: pdu.transferTag,
      commandSn: this.#window.commandSn,
      expectedStatusSn: this.#window.expectedStatusSn,
    };
    this.#login.connection.send(nopOut(fields, echo.length), Uint8Array.from(echo));
  }

  /** Events of the target (11.9). */
  #asyncMessage(pdu: TargetPdu): void {
    const event = get32(pdu.header, 36) >>> 24;
    if (event === 0) return;
    if (event === 1 || event === 4) {
      // It asks for a logout, or for a new negotiation, which a new login is.
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
    // Data that arrived damaged, and what belongs to no command of ours: the connection cannot be recovered.
    if (!task || pdu.responseCode === 0x02) throw new ProtocolError(`the target rejected a message: ${words}`);
    task.settle(new CommandRejected(`the target rejected the command: ${words}`));
  }

  async #manage(what: number, lun: number, task?: CommandTask): Promise<number> {
    const tag = this.#tag();
    const header = taskManagement({
      function: what,
      lun,
      tag,
      referencedTag: task?.tag ?? noTag,
      commandSn: this.#window.commandSn,
      expectedStatusSn: this.#window.expectedStatusSn,
      referencedCommandSn: task?.commandSn ?? 0,
    });
    return (await this.#requests.send(tag, header, 'abort of a command')).responseCode;
  }

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
      commandSn: this.#window.commandSn,
      expectedStatusSn: this.#window.expectedStatusSn,
    };
    connection.send(nopOut(fields));
  }

  #end(reason: Error): void {
    if (this.#lost) return;
    this.#lost = reason;
    clearInterval(this.#heartbeat);
    this.#window.close();
    this.#requests.end(reason);
    for (const task of this.#tasks.values()) task.settle(reason);
  }
}
