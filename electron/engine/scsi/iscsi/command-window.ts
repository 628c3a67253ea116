import { isAfter, type TargetPdu } from './pdu.ts';
import { ProtocolError } from './pdu-reader.ts';

/**
 * The sequence numbers of a session with one connection (RFC 7143, 4.2.2): ours of commands, the target's of statuses,
 * and the window of commands that the target takes.
 */
export class CommandWindow {
  #commandSn: number;
  #expectedStatusSn: number;
  #maxCommandSn: number;
  /** Commands that the window does not let out yet. */
  #held: (() => void)[] = [];

  constructor(first: { commandSn: number; expectedStatusSn: number; maxCommandSn: number }) {
    this.#commandSn = first.commandSn;
    this.#expectedStatusSn = first.expectedStatusSn;
    this.#maxCommandSn = first.maxCommandSn;
  }

  /** For requests that are sent at once, and take no number. */
  get commandSn(): number {
    return this.#commandSn;
  }

  get expectedStatusSn(): number {
    return this.#expectedStatusSn;
  }

  /** The number of the command that is sent now. */
  takeCommandSn(): number {
    const taken = this.#commandSn;
    this.#commandSn = (taken + 1) >>> 0;
    return taken;
  }

  /** Calls `send` once the target takes another command, in the order of these calls. */
  whenOpen(send: () => void): void {
    if (this.#held.length > 0 || this.#isFull) this.#held.push(send);
    else send();
  }

  /** Takes over the target's numbers. Throws a {@link ProtocolError} where an answer is missing. */
  received(pdu: TargetPdu, hasStatusSn: boolean): void {
    if (hasStatusSn) {
      if (pdu.statusSn !== this.#expectedStatusSn) {
        throw new ProtocolError(
          `an answer is missing (status ${pdu.statusSn} came, ${this.#expectedStatusSn} was due)`,
        );
      }
      this.#expectedStatusSn = (pdu.statusSn + 1) >>> 0;
    }
    if (isAfter(pdu.maxCommandSn, this.#maxCommandSn)) this.#maxCommandSn = pdu.maxCommandSn;
    while (this.#held.length > 0 && !this.#isFull) this.#held.shift()?.();
  }

  /** Forgets what is held: there is no session any more. */
  close(): void {
    this.#held = [];
  }

  get #isFull(): boolean {
    return isAfter(this.#commandSn, this.#maxCommandSn);
  }
}
