import { messageOf } from '../../../../shared/domain/message-of.ts';
import { get16 } from '../big-endian.ts';
import { senseKey } from '../sense.ts';
import { type ExecuteOptions, type ScsiReply, type ScsiTransport, scsiStatus, TransportError } from '../transport.ts';
import { ConnectionLost } from './connection.ts';
import type { Nexus } from './nexus.ts';
import type { SessionCommand } from './command-task.ts';
import type { Session } from './session.ts';

/**
 * One logical unit of a target. One command at a time, also where the target would take more: a target may run a write
 * that needs no R2T before an older one that does, and a write that follows a failed one, or a reset somebody else asked
 * for, would land where the tape happens to stand. One command under way exceeds what a drive can do. Reads do no harm:
 * where the caller says so, two of them are under way, so that the target does not wait for us.
 */
export class IscsiTransport implements ScsiTransport {
  readonly #nexus: Nexus;
  readonly #lun: number;
  readonly #role: { readonly name: string };
  #generation: number;
  readonly readsAhead = true;
  /** Ends when every command so far has ended. */
  #last: Promise<unknown> = Promise.resolve();
  /** Of the newest command, where a second one may follow it: when that may begin. */
  #room: Promise<unknown> | undefined;
  readonly #onClose: () => Promise<void>;

  /** `role.name` may change; `onClose` ends what this transport alone used. */
  constructor(nexus: Nexus, lun: number, role: { readonly name: string }, onClose: () => Promise<void>) {
    this.#nexus = nexus;
    this.#lun = lun;
    this.#role = role;
    this.#generation = nexus.generation;
    this.#onClose = onClose;
  }

  get name(): string {
    return this.#role.name;
  }

  async execute(cdb: Uint8Array, options: ExecuteOptions = {}): Promise<ScsiReply> {
    const { signal, out } = options;
    signal?.throwIfAborted();
    const into = options.into ?? (options.inLength ? new Uint8Array(options.inLength) : undefined);
    refuseHarmful(cdb, into);
    let giveUp: ((reason: Error) => void) | undefined;
    const begun = Promise.withResolvers<void>();
    const before = this.#last;
    const turn = ((options.ahead && this.#room) || before).then(async () => {
      // Given up while it waited for its turn: never begun.
      signal?.throwIfAborted();
      return this.#run({ lun: this.#lun, cdb, out, into }, options, (abort) => {
        giveUp = abort;
        begun.resolve();
      });
    });
    const ended = turn.catch(() => {});
    this.#last = Promise.all([before, ended]).then(() => undefined);
    // In the order given: behind the start of this one, and no more than two.
    this.#room = options.ahead ? Promise.all([before, Promise.race([begun.promise, ended])]) : undefined;
    if (!signal) return turn;
    const { cancelGraceMs } = this.#nexus.options.times;
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const onAbort = (): void => {
        // Data is under way from or to the caller's buffer: the command is waited for, or aborted at the target.
        if (out || into) timer = setTimeout(() => giveUp?.(signal.reason as Error), cancelGraceMs);
        else reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      turn.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      });
    });
  }

  async close(): Promise<void> {
    await this.#onClose();
  }

  async #run(
    command: SessionCommand,
    options: ExecuteOptions,
    onStart: (abort: (reason: Error) => void) => void,
  ): Promise<ScsiReply> {
    const session = await this.#session(options.signal);
    if (this.#generation !== this.#nexus.generation && !alwaysAnswered.has(command.cdb[0] as number)) {
      this.#generation = this.#nexus.generation;
      return nexusLost;
    }
    const limitMs = this.#nexus.options.times.command[options.timeoutClass ?? 'quick'];
    const { tag, answer } = session.start(command);
    const timer = setTimeout(() => {
      const words = `there was no answer within ${limitWords(limitMs)}; the command was aborted.`;
      void session.abort(tag, new TransportError(this.name, words));
    }, limitMs);
    onStart((reason) => void session.abort(tag, reason));
    try {
      return await answer;
    } catch (error) {
      throw this.#explained(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #session(signal: AbortSignal | undefined): Promise<Session> {
    try {
      return await this.#nexus.session(signal);
    } catch (error) {
      signal?.throwIfAborted();
      const words = messageOf(error);
      throw new TransportError(this.name, `${this.#nexus.portalText} refuses the new session: ${words}.`, {
        cause: error,
      });
    }
  }

  #explained(error: unknown): unknown {
    if (!(error instanceof Error) || error instanceof TransportError || error.name === 'AbortError') return error;
    if (error instanceof ConnectionLost) {
      const words = `the connection to ${this.#nexus.portalText} ${error.message}; whether the command was done is not known.`;
      return new TransportError(this.name, words, { cause: error });
    }
    const known = ['ProtocolError', 'CommandRejected'].includes(error.name);
    return known ? new TransportError(this.name, `${error.message}.`, { cause: error }) : error;
  }
}

// INQUIRY, REPORT LUNS and REQUEST SENSE depend on nothing and never tell of changes (SAM-5, 5.14).
const alwaysAnswered = new Set([0x12, 0xa0, 0x03]);

/**
 * I_T NEXUS LOSS OCCURRED: in a new session nothing is known of where the tape stands or who moved what meanwhile.
 * Targets should say so themselves; not all do.
 */
const nexusLost: ScsiReply = {
  status: scsiStatus.checkCondition,
  sense: Uint8Array.of(0x70, 0, senseKey.unitAttention, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x29, 0x07, 0, 0, 0, 0),
};

/** Commands in a form that is known to crash a target in use; nobody needs them in that form. */
function refuseHarmful(cdb: Uint8Array, into: Uint8Array | undefined): void {
  const operation = cdb[0] as number;
  const wantsNothing =
    (operation === 0x1a && cdb[4] === 0) ||
    (operation === 0x5a && get16(cdb, 7) === 0) ||
    ((operation === 0x34 || operation === 0x05) && !into?.length);
  if (wantsNothing) throw new RangeError(`Command ${operation.toString(16)}h needs room for its answer.`);
}

function limitWords(ms: number): string {
  if (ms < 120_000) return `${Math.max(1, Math.round(ms / 1000))} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 3_600_000)} hours`;
}
