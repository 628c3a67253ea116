import { EventEmitter } from 'node:events';

/** Stands for Electron's `MessagePortMain`: one end of a channel, whose messages wait until it is started. */
export class PortDouble extends EventEmitter {
  #other: PortDouble | undefined;
  #started = false;
  #closed = false;
  readonly #waiting: unknown[] = [];

  static pair(): { port1: PortDouble; port2: PortDouble } {
    const port1 = new PortDouble();
    const port2 = new PortDouble();
    port1.#other = port2;
    port2.#other = port1;
    return { port1, port2 };
  }

  postMessage(message: unknown): void {
    const other = this.#other;
    // As between processes: a copy, and later.
    if (other && !this.#closed) queueMicrotask(() => other.#receive(structuredClone(message)));
  }

  start(): void {
    this.#started = true;
    for (const message of this.#waiting.splice(0)) this.emit('message', { data: message, ports: [] });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.emit('close');
    queueMicrotask(() => this.#other?.close());
  }

  #receive(message: unknown): void {
    if (this.#closed) return;
    if (this.#started) this.emit('message', { data: message, ports: [] });
    else this.#waiting.push(message);
  }
}
