import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PortDouble } from './ports.ts';
import { PortRelay, type Relayed } from './relay.ts';

const bootstrap = fileURLToPath(new URL('./utility-bootstrap.ts', import.meta.url));

/** Stands for Electron's `UtilityProcess`: a real process, spoken to over Node's channel. */
export class UtilityProcessDouble extends EventEmitter {
  readonly #child: ChildProcess;
  readonly #relay: PortRelay;

  constructor(modulePath: string, args: string[]) {
    super();
    this.#child = fork(bootstrap, [modulePath, ...args], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#relay = new PortRelay((message) => this.#send(message), 1);
    this.#child.on('message', (message: Relayed) => {
      if (message.kind === 'parent') this.emit('message', message.data);
      else this.#relay.receive(message);
    });
    this.#child.once('exit', (code) => {
      this.#relay.closeAll();
      this.emit('exit', code ?? 1);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  postMessage(data: unknown, ports: PortDouble[] = []): void {
    this.#send({ kind: 'parent', data, ports: ports.map((port) => this.#relay.hand(port)) });
  }

  kill(): boolean {
    return this.#child.kill('SIGKILL');
  }

  #send(message: Relayed): void {
    // As in Electron, what is sent to a process that is just leaving is lost without a word.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
