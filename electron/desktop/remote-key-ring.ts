import { messageOf } from '../../shared/domain/message-of.ts';
import type { KeyRing } from '../engine/credentials/installation-secret.ts';
import type { Clock } from '../engine/faults/clock.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

type Answer = Extract<ToEngine, { type: 'key-ring' }>;

/** A key ring that is locked asks its user; whoever is not there must not keep the engine from starting. */
const answerLimitMs = 60_000;

/** The key ring of the main process, asked from the engine's process by messages. */
export class RemoteKeyRing {
  readonly #tell: (message: FromEngine) => void;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 1;

  constructor(tell: (message: FromEngine) => void, clock: Clock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  answer(message: Answer): void {
    this.#waiting.get(message.id)?.(message);
  }

  async open(): Promise<KeyRing> {
    let refusal = '';
    try {
      refusal = (await this.#ask('refusal', '')).value;
    } catch (error) {
      refusal = `this computer’s key ring failed (${messageOf(error)}).`;
    }
    return {
      ...(refusal === '' ? {} : { refusal }),
      seal: async (text) => Buffer.from((await this.#ask('seal', text)).value, 'base64'),
      unseal: async (sealed) => {
        const { value, renew } = await this.#ask('unseal', sealed.toString('base64'));
        return { text: value, renew: renew === true };
      },
    };
  }

  #ask(ask: 'refusal' | 'seal' | 'unseal', value: string): Promise<{ value: string; renew?: boolean }> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      const stop = this.#clock.callAt(this.#clock.now() + answerLimitMs, () => {
        this.#waiting.delete(id);
        reject(new Error('the key ring does not answer; is it locked?'));
      });
      this.#waiting.set(id, (answer) => {
        stop();
        this.#waiting.delete(id);
        if ('error' in answer) reject(new Error(answer.error));
        else resolve(answer);
      });
      this.#tell({ type: 'key-ring', id, ask, value });
    });
  }
}
