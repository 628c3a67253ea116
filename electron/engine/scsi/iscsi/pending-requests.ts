import { type Connection, ConnectionLost } from './connection.ts';
import type { TargetPdu } from './pdu.ts';

interface Pending {
  resolve(answer: TargetPdu): void;
  reject(reason: Error): void;
  timer: NodeJS.Timeout;
}

/** Task management and logout: requests with one answer each, which a target that lives gives within a limit. */
export class PendingRequests {
  readonly #connection: Connection;
  readonly #limitMs: number;
  readonly #pending = new Map<number, Pending>();
  #ended: Error | undefined;

  constructor(connection: Connection, limitMs: number) {
    this.#connection = connection;
    this.#limitMs = limitMs;
  }

  /** Sends a request; no answer in time ends the connection, and with it this promise. `what` is for the message. */
  send(tag: number, header: Uint8Array, what: string): Promise<TargetPdu> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#connection.drop(new ConnectionLost(`was given up: no answer to the ${what}`)),
        this.#limitMs,
      );
      this.#pending.set(tag, { resolve, reject, timer });
      this.#connection.send(header);
    });
  }

  /** An answer to nothing that waits is ignored. */
  answered(pdu: TargetPdu): void {
    const pending = this.#pending.get(pdu.tag);
    if (!pending) return;
    this.#pending.delete(pdu.tag);
    clearTimeout(pending.timer);
    pending.resolve(pdu);
  }

  /** There is no session any more: rejects with the reason what waits, and whatever is asked from now on. */
  end(reason: Error): void {
    this.#ended = reason;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#pending.clear();
  }
}
