import type { PortDouble } from './ports.ts';

/** What goes over a process's channel: messages of the parent port, and of ports that were handed over. */
export type Relayed =
  | { kind: 'parent'; data: unknown; ports: number[] }
  | { kind: 'port'; port: number; data: unknown }
  | { kind: 'close'; port: number };

/** Carries ports across a channel that only knows messages: each gets a number, and its messages that number. */
export class PortRelay {
  readonly #send: (message: Relayed) => void;
  readonly #ports = new Map<number, PortDouble>();
  #next: number;

  constructor(send: (message: Relayed) => void, firstNumber: number) {
    this.#send = send;
    this.#next = firstNumber;
  }

  /** Hands a port over; returns the number under which the other side knows it. */
  hand(port: PortDouble): number {
    const number = this.#next;
    this.#next += 2;
    this.adopt(number, port);
    return number;
  }

  /** Connects a port to what the other side calls by that number. */
  adopt(number: number, port: PortDouble): void {
    this.#ports.set(number, port);
    port.on('message', (event: { data: unknown }) => this.#send({ kind: 'port', port: number, data: event.data }));
    port.on('close', () => {
      if (this.#ports.delete(number)) this.#send({ kind: 'close', port: number });
    });
    port.start();
  }

  receive(message: Relayed): void {
    if (message.kind === 'port') this.#ports.get(message.port)?.postMessage(message.data);
    if (message.kind === 'close') {
      const port = this.#ports.get(message.port);
      this.#ports.delete(message.port);
      port?.close();
    }
  }

  closeAll(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }
}
