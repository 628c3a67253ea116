import { randomBytes } from 'node:crypto';
import { systemClock } from '../../faults/clock.ts';
import type { ChapCredentials } from './chap.ts';
import { type Portal, portalText } from './connection.ts';
import { login } from './login.ts';
import { LoginRefused } from './login-status.ts';
import { Session } from './session.ts';
import type { IscsiTimes } from './times.ts';

export interface NexusOptions {
  portal: Portal;
  target: string;
  initiatorName: string;
  chap?: ChapCredentials | undefined;
  headerDigest: boolean;
  dataDigest: boolean;
  times: IscsiTimes;
}

// After a fruitless try the next commands do not wait for the whole time again.
const restAfterFailureMs = 15_000;

/** Our connection to one target: a session that is re-established after it was lost. */
export class Nexus {
  readonly options: NexusOptions;
  /** Counts sessions: another number is another session, in which nothing of the old one holds. */
  generation = 0;
  readonly #isid = sessionId();
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(options: NexusOptions) {
    this.options = options;
  }

  /** Logs in, at one attempt. Rejects as {@link login} does. */
  static async open(options: NexusOptions, signal?: AbortSignal): Promise<Nexus> {
    const nexus = new Nexus(options);
    await nexus.#login(signal);
    return nexus;
  }

  get portalText(): string {
    return portalText(this.options.portal);
  }

  /** The session there is, or a new one, tried for up to `reconnectMs`. */
  async session(signal?: AbortSignal): Promise<Session> {
    const session = this.#session;
    if (session && !session.lost && !(session.isLeaving && !session.busy)) return session;
    if (this.#closed) throw new Error('the session was closed');
    this.#opening ??= this.#again(session).finally(() => {
      this.#opening = undefined;
    });
    return orAborted(this.#opening, signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    await this.#session?.close();
  }

  async #again(before: Session | undefined): Promise<Session> {
    await before?.close();
    const start = performance.now();
    const tired = start - this.#failedAt < restAfterFailureMs;
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 2000)) {
      try {
        return await this.#login();
      } catch (error) {
        const isFinal = error instanceof LoginRefused && error.fault === 'credentials';
        const isLate = performance.now() - start + pauseMs > this.options.times.reconnectMs;
        if (this.#closed || isFinal || isLate || tired) {
          this.#failedAt = performance.now();
          throw error;
        }
        await systemClock.sleep(pauseMs);
      }
    }
  }

  async #login(signal?: AbortSignal): Promise<Session> {
    const { times, ...options } = this.options;
    const session = new Session(await login({ ...options, isid: this.#isid, limitMs: times.loginMs, signal }), times);
    this.#session = session;
    this.generation += 1;
    this.#failedAt = Number.NEGATIVE_INFINITY;
    return session;
  }
}

/** An ISID of the random kind (RFC 7143, 11.12.5): no two of our sessions have the same. */
function sessionId(): Uint8Array {
  const bytes = randomBytes(6);
  bytes[0] = 0x80;
  return bytes;
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
