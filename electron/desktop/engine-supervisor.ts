import type { Clock } from '../engine/faults/clock.ts';
import { type FromEngine, readFromEngine, type ToEngine } from './engine-messages.ts';
import { RestartDelay } from './restart-delay.ts';

/** The part of Electron's `UtilityProcess` that is used; ports are Electron's `MessagePortMain`. */
export interface EngineChild<Port> {
  postMessage(message: ToEngine, ports?: Port[]): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

const pingEveryMs = 15_000;
/** Two minutes without a word. Counted in pings, not in time: a computer that slept has sent none. */
const mostUnanswered = 8;

export interface SupervisorOptions<Port> {
  fork: () => EngineChild<Port>;
  clock: Clock;
  onMessage: (message: FromEngine) => void;
  /** The engine's process has gone without being asked to. */
  onLost: (code: number, restartInMs: number) => void;
}

/**
 * Keeps the engine's process running: starts it, starts it again with growing pauses when it has gone, hands ports to it,
 * and ends it in order.
 */
export class EngineSupervisor<Port> {
  readonly #options: SupervisorOptions<Port>;
  readonly #delay = new RestartDelay();
  #child: EngineChild<Port> | undefined;
  #stopping = false;
  #cancelRestart: (() => void) | undefined;
  #cancelPing: (() => void) | undefined;
  #unanswered = 0;

  constructor(options: SupervisorOptions<Port>) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    if (this.#child || this.#stopping) return;
    this.#cancelRestart?.();
    const { clock, onMessage, onLost } = this.#options;
    const startedAt = clock.now();
    const child = this.#options.fork();
    this.#child = child;
    this.#unanswered = 0;
    child.on('message', (message) => {
      const read = child === this.#child ? readFromEngine(message) : undefined;
      if (!read) return;
      this.#unanswered = 0;
      if (read.type !== 'pong') onMessage(read);
    });
    this.#ping(child);
    child.once('exit', (code) => {
      if (child !== this.#child) return;
      this.#cancelPing?.();
      this.#child = undefined;
      if (this.#stopping) return;
      const delayMs = this.#delay.nextMs(clock.now() - startedAt);
      this.#cancelRestart = clock.callAt(clock.now() + delayMs, () => this.start());
      onLost(code, delayMs);
    });
  }

  /** Tells the engine something, if there is one. */
  tell(message: ToEngine): void {
    this.#child?.postMessage(message);
  }

  /** Hands a port to the engine; false when there is none now. */
  connect(port: Port): boolean {
    if (!this.#child) return false;
    this.#child.postMessage({ type: 'connect' }, [port]);
    return true;
  }

  /** Lets the engine end its sessions and leave; after `limitMs` it is killed. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart?.();
    const child = this.#child;
    if (!child) return;
    await new Promise<void>((resolve) => {
      const { clock } = this.#options;
      const giveUp = clock.callAt(clock.now() + limitMs, () => {
        child.kill();
        resolve();
      });
      child.once('exit', () => {
        giveUp();
        resolve();
      });
      child.postMessage({ type: 'close' });
    });
    this.#cancelPing?.();
    this.#child = undefined;
  }

  /** An engine that hangs holds jobs up for ever; one that is killed is started again, and its jobs resume. */
  #ping(child: EngineChild<Port>): void {
    const { clock } = this.#options;
    this.#cancelPing = clock.callAt(clock.now() + pingEveryMs, () => {
      if (child !== this.#child) return;
      if (this.#unanswered >= mostUnanswered) {
        child.kill();
        return;
      }
      this.#unanswered += 1;
      child.postMessage({ type: 'ping' });
      this.#ping(child);
    });
  }
}
